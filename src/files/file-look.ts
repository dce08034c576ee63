/** What tells kinds of files apart: questions about their first bytes. */

/** A file as it is looked at: all of its bytes, the first of them as Latin-1, and its name. */
export interface Look {
  readonly bytes: Uint8Array;
  readonly start: string;
  readonly path: string;
}

export const begins =
  (...texts: string[]) =>
  ({ start }: Look): boolean =>
    texts.some((text) => start.startsWith(text));

export const matches =
  (pattern: RegExp) =>
  ({ start }: Look): boolean =>
    pattern.test(start);

/** Whether a zip archive names all of these files. */
export const zipOf =
  (...names: string[]) =>
  ({ start, bytes }: Look): boolean =>
    start.startsWith("PK") &&
    names.every((name) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).includes(name));

/** The title or the message of a page, where it has one. */
export function titled(start: string, pattern: RegExp): string {
  const title = pattern.exec(start)?.[1].replaceAll(/\s+/g, " ").trim().slice(0, 60);
  return title === undefined || title === "" ? "" : ` (${JSON.stringify(Buffer.from(title, "latin1").toString())})`;
}

/** Whether the first eight bytes are a length that lies in the file. */
export function safetensorsHeader(bytes: Uint8Array): boolean {
  const length = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true);
  return length > 1n && length <= BigInt(bytes.length - 8);
}

/** The number of the format, and then one of the fields that come next. */
export function isOnnx({ bytes }: Look): boolean {
  return bytes[0] === 8 && bytes[1] >= 3 && bytes[1] <= 15 && [0x12, 0x1a, 0x22, 0x3a, 0x42].includes(bytes[2]);
}
