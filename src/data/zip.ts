/**
 * Zip archives, as numpy.savez writes them: what is in one is listed, and taken out with its size and checksum looked
 * at.
 */
import { inflateRawSync } from "node:zlib";

/** A file in an archive. */
export interface ZipMember {
  readonly name: string;
  /** 0: as it is, 8: deflated; others are not read. */
  readonly method: number;
  readonly crc: number;
  readonly packedSize: number;
  /** Unpacked, as the archive says. */
  readonly size: number;
  /** Where its local header begins. */
  readonly offset: number;
}

const END = 0x06054b50;
const END_64 = 0x06064b50;
const LOCATOR_64 = 0x07064b50;
const ENTRY = 0x02014b50;
const LOCAL = 0x04034b50;
const FULL = 0xffffffff;

/**
 * What the archive's directory lists.
 *
 * @throws Error (of any kind) whose message says what is wrong, if these are no such bytes
 */
export function zipMembers(bytes: Uint8Array): ZipMember[] {
  const view = viewOf(bytes);
  const { entries, offset } = directoryOf(view);
  const members: ZipMember[] = [];
  for (let at = offset; members.length < entries; ) {
    const { member, end } = memberAt(view, bytes, at);
    members.push(member);
    at = end;
  }
  return members;
}

/**
 * The bytes of a member.
 *
 * @throws Error whose message says what is wrong with it: cut short, of another size than it says, or of another
 *   checksum
 */
export function unzipMember(
  bytes: Uint8Array,
  { name, method, crc, packedSize, size, offset }: ZipMember,
): Uint8Array<ArrayBuffer> {
  const view = viewOf(bytes);
  requireSignature(view, offset, LOCAL);
  const start = offset + 30 + view.getUint16(offset + 26, true) + view.getUint16(offset + 28, true);
  const packed = bytes.subarray(start, start + packedSize);
  const unpacked = method === 0 ? new Uint8Array(packed) : inflated(name, method, packed, size);
  if (unpacked.length !== size) throw new Error(`${name} has ${unpacked.length} bytes, not ${size}`);
  if (crc32(unpacked) !== crc) throw new Error(`${name} doesn't have the checksum that the archive says`);
  return unpacked;
}

function inflated(name: string, method: number, packed: Uint8Array, size: number): Uint8Array<ArrayBuffer> {
  if (method !== 8) throw new Error(`${name} is packed by method ${method}; only deflate is read`);
  return new Uint8Array(inflateRawSync(packed, { maxOutputLength: Math.max(1, size) }));
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

function requireSignature(view: DataView, at: number, signature: number): void {
  if (view.getUint32(at, true) !== signature) throw new Error(`at byte ${at} there is no header of a zip archive`);
}

/** How many files there are, and where their list begins. */
function directoryOf(view: DataView): { entries: number; offset: number } {
  const end = endOf(view);
  const [entries, offset] = [view.getUint16(end + 10, true), view.getUint32(end + 16, true)];
  if (entries !== 0xffff && offset !== FULL) return { entries, offset };
  requireSignature(view, end - 20, LOCATOR_64);
  const end64 = readUint64(view, end - 12);
  requireSignature(view, end64, END_64);
  return { entries: readUint64(view, end64 + 32), offset: readUint64(view, end64 + 48) };
}

/** The last record of an archive, behind which there is nothing but a comment of less than 64 KiB. */
function endOf(view: DataView): number {
  for (let at = view.byteLength - 22; at >= Math.max(0, view.byteLength - 22 - 0xffff); at--) {
    if (view.getUint32(at, true) === END) return at;
  }
  throw new Error("no end of a zip archive");
}

function memberAt(view: DataView, bytes: Uint8Array, at: number): { member: ZipMember; end: number } {
  requireSignature(view, at, ENTRY);
  const [nameLength, extraLength] = [view.getUint16(at + 28, true), view.getUint16(at + 30, true)];
  const nameEnd = at + 46 + nameLength;
  const large = largeFields(view, nameEnd, extraLength);
  const field = (offset: number): number => {
    const value = view.getUint32(at + offset, true);
    return value === FULL ? (large.shift() ?? value) : value;
  };
  const [size, packedSize, offset] = [field(24), field(20), field(42)];
  const name = new TextDecoder().decode(bytes.subarray(at + 46, nameEnd));
  const [method, crc] = [view.getUint16(at + 10, true), view.getUint32(at + 16, true)];
  return {
    member: { name, method, crc, packedSize, size, offset },
    end: nameEnd + extraLength + view.getUint16(at + 32, true),
  };
}

/** The 64-bit values of fields that have no room for them, in the fields' order. */
function largeFields(view: DataView, start: number, length: number): number[] {
  for (let at = start; at + 4 <= start + length; at += 4 + view.getUint16(at + 2, true)) {
    if (view.getUint16(at, true) !== 1) continue;
    const count = Math.floor(view.getUint16(at + 2, true) / 8);
    return Array.from({ length: count }, (_, i) => readUint64(view, at + 4 + 8 * i));
  }
  return [];
}

function readUint64(view: DataView, at: number): number {
  return Number(view.getBigUint64(at, true));
}

/** CRC-32 (ISO 3309), which `node:zlib` has only in later versions of Node. */
function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (let i = 0; i < bytes.length; i++) crc = (crc >>> 8) ^ CRC_TABLE[(crc ^ bytes[i]) & 0xff];
  return ~crc >>> 0;
}

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let remainder = byte;
  for (let bit = 0; bit < 8; bit++) remainder = (remainder >>> 1) ^ (remainder & 1 ? 0xedb88320 : 0);
  return remainder;
});
