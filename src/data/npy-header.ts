/** The header of NumPy's `.npy` format: what is in the file, before it is read. */

export interface NpyHeader {
  /** The type as NumPy writes it, e.g. `<f4`, `>i8`, `|b1`, `|O`; `[` for records of several fields. */
  readonly descr: string;
  readonly shape: readonly number[];
  /** Where the text of the header begins, and where the values do. */
  readonly start: number;
  readonly end: number;
}

/** The header of a file; undefined if the bytes don't begin with a whole one. */
export function npyHeader(bytes: Uint8Array): NpyHeader | undefined {
  if (!isNpy(bytes) || bytes.length < 12) return undefined;
  const { start, end } = placeOf(bytes);
  if (end > bytes.length || end - start > MAX_HEADER) return undefined;
  const text = Buffer.from(bytes.subarray(start, end)).toString("latin1");
  const [, descr, record] = /'descr' *: *(?:'([^']*)'|(\[))/.exec(text) ?? [];
  const [, shape] = /'shape' *: *\(([\d, ]*)\)/.exec(text) ?? [];
  if ((descr ?? record) === undefined || shape === undefined) return undefined;
  const sizes = shape.split(",").filter((size) => size.trim() !== "");
  return { descr: descr ?? record, shape: sizes.map(Number), start, end };
}

function placeOf(bytes: Uint8Array): { readonly start: number; readonly end: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const [start, length] = bytes[6] > 1 ? [12, view.getUint32(8, true)] : [10, view.getUint16(8, true)];
  return { start, end: start + length };
}

/** Bytes of the header of a `.npy` file: numpy.load refuses those of more than 10,000 characters. */
const MAX_HEADER = 65_536;

/**
 * Looks at the header of a `.npy` file before its values are taken apart.
 * @throws Error whose message says what is wrong: a header cut short or too long, or values cut short.
 */
export function checkNpyHeader(bytes: Uint8Array): void {
  if (bytes.length < 12) throw new Error("its header is cut short");
  const { start, end } = placeOf(bytes);
  if (end - start > MAX_HEADER) {
    throw new Error(`its header says that it has ${end - start} bytes; ${MAX_HEADER} are read`);
  }
  if (end > bytes.length) throw new Error("its header is cut short");
  const [, size = "1"] = /[a-zA-Z](\d{1,6})$/.exec(npyHeader(bytes)?.descr ?? "") ?? [];
  const data = bytes.length - end;
  if (data % Number(size) !== 0) throw new Error(`its values, of ${size} bytes each, have ${data} bytes in all`);
}

/** Whether bytes begin as a `.npy` file does. */
export function isNpy(bytes: Uint8Array): boolean {
  return Buffer.from(bytes.subarray(0, 6)).toString("latin1") === "\x93NUMPY";
}

/**
 * The file with the last byte of each number first where it has it last, as other machines write it; else the file
 * itself.
 */
export function littleEndian(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const header = npyHeader(bytes);
  const [, width] = /^>[iuf]([248])$/.exec(header?.descr ?? "") ?? [];
  if (header === undefined || width === undefined) return bytes;
  const size = Number(width);
  const copy = bytes.slice();
  copy[copy.indexOf(">".charCodeAt(0), header.start)] = "<".charCodeAt(0);
  const values = Buffer.from(copy.buffer, header.end, size * Math.floor((copy.length - header.end) / size));
  if (size === 2) values.swap16();
  else if (size === 4) values.swap32();
  else values.swap64();
  return copy;
}
