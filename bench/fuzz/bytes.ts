import type { Random } from "./random.js";

/** Numbers at which readers of sizes and counts go wrong. */
const SIZES = [
  0n,
  1n,
  0x7fn,
  0xffn,
  0x7fffn,
  0xffffn,
  0x7fffffffn,
  0xffffffffn,
  0x7fffffffffffffffn,
  0xffffffffffffffffn,
];

type Change = (bytes: Uint8Array, random: Random) => Uint8Array;

const CHANGES: readonly Change[] = [
  (bytes, random) => withByte(bytes, random, (byte) => byte ^ (1 << random.below(8))),
  (bytes, random) => withByte(bytes, random, () => random.below(256)),
  (bytes, random) => withSize(bytes, random),
  (bytes, random) => bytes.subarray(0, random.below(bytes.length + 1)),
  (bytes, random) => cut(bytes, random),
  (bytes, random) =>
    inserted(
      bytes,
      random,
      Uint8Array.from({ length: 1 + random.below(16) }, () => random.below(256)),
    ),
  (bytes, random) => inserted(bytes, random, piece(bytes, random)),
  (bytes, random) => overwritten(bytes, random, piece(bytes, random)),
];

/**
 * The bytes with a few of them flipped, overwritten, cut, doubled or moved. Headers, at the front, are hit more often.
 */
export function mutateBytes(bytes: Uint8Array, random: Random): Uint8Array {
  return random.repeat(bytes, (value) => (value.length === 0 ? value : random.pick(CHANGES)(value, random)));
}

function place(bytes: Uint8Array, random: Random): number {
  return random.below(random.chance(0.5) ? Math.min(128, bytes.length) : bytes.length);
}

function withByte(bytes: Uint8Array, random: Random, change: (byte: number) => number): Uint8Array {
  const copy = bytes.slice();
  const at = place(bytes, random);
  copy[at] = change(copy[at]);
  return copy;
}

function withSize(bytes: Uint8Array, random: Random): Uint8Array {
  const width = random.pick([2, 4, 8]);
  if (bytes.length < width) return bytes;
  const copy = bytes.slice();
  const value = Buffer.alloc(8);
  value.writeBigUInt64LE(random.pick(SIZES));
  const digits = value.subarray(0, width);
  copy.set(random.chance(0.5) ? digits : digits.reverse(), Math.min(place(bytes, random), bytes.length - width));
  return copy;
}

function piece(bytes: Uint8Array, random: Random): Uint8Array {
  const start = place(bytes, random);
  return bytes.slice(start, start + 1 + random.below(64));
}

function cut(bytes: Uint8Array, random: Random): Uint8Array {
  const start = place(bytes, random);
  return Buffer.concat([bytes.subarray(0, start), bytes.subarray(start + 1 + random.below(64))]);
}

function inserted(bytes: Uint8Array, random: Random, part: Uint8Array): Uint8Array {
  const start = place(bytes, random);
  return Buffer.concat([bytes.subarray(0, start), part, bytes.subarray(start)]);
}

function overwritten(bytes: Uint8Array, random: Random, part: Uint8Array): Uint8Array {
  const copy = bytes.slice();
  copy.set(part.subarray(0, copy.length), Math.min(place(bytes, random), Math.max(0, copy.length - part.length)));
  return copy;
}
