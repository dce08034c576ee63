import { mutateBytes } from "./bytes.js";
import type { Random } from "./random.js";

/** A field of a message of protocol buffers: its number, its kind on the wire, and what it holds. */
interface Field {
  number: number;
  wire: number;
  value: bigint | Uint8Array | Field[];
}

const VARINTS = [
  0n,
  1n,
  2n,
  7n,
  127n,
  128n,
  255n,
  65_536n,
  2n ** 31n - 1n,
  2n ** 31n,
  2n ** 32n,
  2n ** 40n,
  2n ** 63n - 1n,
  2n ** 64n - 1n,
];

/**
 * A message changed at a few of its fields, at any depth, and written anew with lengths that fit (most of the time).
 */
export function mutateMessage(bytes: Uint8Array, random: Random): Uint8Array {
  const message = parse(bytes, 0);
  if (message === undefined) return mutateBytes(bytes, random);
  random.repeat(message, (fields) => {
    const lists = listsIn(fields).filter((list) => list.length > 0);
    if (lists.length > 0) change(random.pick(lists), lists, random);
    return fields;
  });
  const written = encode(message);
  return random.chance(0.15) ? mutateBytes(written, random) : written;
}

function change(list: Field[], lists: readonly Field[][], random: Random): void {
  const at = random.below(list.length);
  const field = list[at];
  const changes: (() => void)[] = [
    () => revalue(field, random),
    () => revalue(field, random),
    () => revalue(field, random),
    () => list.splice(at, 1),
    () => list.splice(random.below(list.length + 1), 0, structuredClone(field)),
    () => list.splice(random.below(list.length + 1), 0, structuredClone(random.pick(random.pick(lists)))),
    () => {
      list[at] = structuredClone(random.pick(random.pick(lists)));
    },
    () => {
      field.number = 1 + random.below(30);
    },
  ];
  random.pick(changes)();
}

function revalue(field: Field, random: Random): void {
  if (typeof field.value === "bigint") field.value = random.chance(0.5) ? random.pick(VARINTS) : field.value + 1n;
  else if (field.value instanceof Uint8Array) field.value = mutateBytes(field.value, random);
  else field.value = mutateBytes(encode(field.value), random);
}

function listsIn(fields: Field[]): Field[][] {
  return [fields, ...fields.flatMap(({ value }) => (Array.isArray(value) ? listsIn(value) : []))];
}

/** The fields of a message; undefined if the bytes are none. Bytes that could be a message are taken for one. */
function parse(bytes: Uint8Array, depth: number): Field[] | undefined {
  const fields: Field[] = [];
  for (let at = 0; at < bytes.length; ) {
    const tag = varint(bytes, at);
    if (tag === undefined || tag.value < 8n || tag.value > 8000n) return undefined;
    const [number, wire] = [Number(tag.value >> 3n), Number(tag.value & 7n)];
    const read = valueAt(bytes, tag.end, wire, depth);
    if (read === undefined) return undefined;
    fields.push({ number, wire, value: read.value });
    at = read.end;
  }
  return fields;
}

function valueAt(
  bytes: Uint8Array,
  at: number,
  wire: number,
  depth: number,
): { value: Field["value"]; end: number } | undefined {
  if (wire === 0) return varint(bytes, at);
  const length = wire === 2 ? varint(bytes, at) : undefined;
  const [start, size] =
    wire === 2 ? [length?.end ?? at, Number(length?.value ?? bytes.length)] : [at, wire === 1 ? 8 : 4];
  if ((wire !== 1 && wire !== 2 && wire !== 5) || start + size > bytes.length) return undefined;
  const value = bytes.slice(start, start + size);
  const inner = wire === 2 && size > 1 && size < 1e6 && depth < 12 ? parse(value, depth + 1) : undefined;
  return { value: inner ?? value, end: start + size };
}

function varint(bytes: Uint8Array, start: number): { value: bigint; end: number } | undefined {
  let value = 0n;
  for (let i = 0; i < 10 && start + i < bytes.length; i++) {
    value |= BigInt(bytes[start + i] & 0x7f) << BigInt(7 * i);
    if (bytes[start + i] < 0x80) return { value, end: start + i + 1 };
  }
  return undefined;
}

function encode(fields: readonly Field[]): Uint8Array {
  return Buffer.concat(
    fields.flatMap(({ number, wire, value }) => [encodeVarint(BigInt(number * 8 + wire)), ...payload(wire, value)]),
  );
}

function payload(wire: number, value: Field["value"]): Uint8Array[] {
  if (typeof value === "bigint") return [encodeVarint(value)];
  const bytes = value instanceof Uint8Array ? value : encode(value);
  return wire === 2 ? [encodeVarint(BigInt(bytes.length)), bytes] : [bytes];
}

function encodeVarint(value: bigint): Uint8Array {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, value);
  do {
    bytes.push(Number(rest & 0x7fn) | (rest > 0x7fn ? 0x80 : 0));
    rest >>= 7n;
  } while (rest > 0n);
  return Uint8Array.from(bytes);
}
