/**
 * Reads event files of TensorBoard from their bytes, written from the descriptions of the formats alone: TFRecord's
 * framing, protobuf's wire format, RFC 3720's CRC.
 */

export interface ReadEvent {
  readonly wallTime: number;
  readonly step: number;
  readonly fileVersion: string | undefined;
  readonly sessionStatus: number | undefined;
  readonly scalars: Record<string, number>;
}

/** The events of a file up to its end, or to a last record that was cut off. @throws if a checksum is wrong */
export function readEvents(bytes: Uint8Array): ReadEvent[] {
  return readRecords(bytes).map(readEvent);
}

export function readRecords(bytes: Uint8Array): Uint8Array[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const records: Uint8Array[] = [];
  let at = 0;
  while (at + 12 <= bytes.length) {
    const length = Number(view.getBigUint64(at, true));
    if (at + 16 + length > bytes.length) break;
    requireCrc(bytes.subarray(at, at + 8), view.getUint32(at + 8, true), `length at ${at}`);
    const record = bytes.subarray(at + 12, at + 12 + length);
    requireCrc(record, view.getUint32(at + 12 + length, true), `record at ${at}`);
    records.push(record);
    at += 16 + length;
  }
  return records;
}

function requireCrc(bytes: Uint8Array, masked: number, what: string): void {
  const rotated = BigInt.asUintN(32, BigInt(masked) - 0xa282ead8n);
  const crc = BigInt.asUintN(32, (rotated << 15n) | (rotated >> 17n));
  if (crc !== crcBitByBit(bytes)) throw new Error(`wrong checksum: ${what}`);
}

/** The remainder of the message, bits reversed, divided by the reversed Castagnoli polynomial: bit by bit. */
export function crcBitByBit(bytes: Uint8Array): bigint {
  let crc = 0xffffffffn;
  for (const byte of bytes) {
    crc ^= BigInt(byte);
    for (let bit = 0; bit < 8; bit++) crc = (crc & 1n) === 1n ? (crc >> 1n) ^ 0x82f63b78n : crc >> 1n;
  }
  return crc ^ 0xffffffffn;
}

type Field = { readonly number: number; readonly value: bigint | Uint8Array };

function* fields(bytes: Uint8Array): Generator<Field> {
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = BigInt(bytes[at++]);
      value |= (byte & 127n) << shift;
      if (byte < 128n) return value;
    }
  };
  while (at < bytes.length) {
    const key = Number(varint());
    const kind = key & 7;
    if (kind === 0) {
      yield { number: key >> 3, value: varint() };
      continue;
    }
    const sizes: Record<number, () => number> = { 1: () => 8, 2: () => Number(varint()), 5: () => 4 };
    const size = sizes[kind]();
    yield { number: key >> 3, value: bytes.subarray(at, at + size) };
    at += size;
  }
}

function field(bytes: Uint8Array, number: number): Field["value"] | undefined {
  return [...fields(bytes)].find((one) => one.number === number)?.value;
}

const text = (value: Field["value"] | undefined): string | undefined =>
  value === undefined ? undefined : new TextDecoder().decode(value as Uint8Array);

function viewOf(value: Field["value"] | undefined): DataView {
  const { buffer, byteOffset, byteLength } = value as Uint8Array;
  return new DataView(buffer, byteOffset, byteLength);
}

function readEvent(record: Uint8Array): ReadEvent {
  const [summary, session] = [field(record, 5), field(record, 7)] as (Uint8Array | undefined)[];
  const values = summary ? [...fields(summary)].map(({ value }) => value as Uint8Array) : [];
  return {
    wallTime: viewOf(field(record, 1)).getFloat64(0, true),
    step: Number(field(record, 2) ?? 0n),
    fileVersion: text(field(record, 3)),
    sessionStatus: session && Number(field(session, 1)),
    scalars: Object.fromEntries(
      values.map((value) => [text(field(value, 1)), viewOf(field(value, 2)).getFloat32(0, true)]),
    ),
  };
}
