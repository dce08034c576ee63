/** Bytes of the header of a `.npy` file: numpy.load refuses those of more than 10,000 characters. */
const MAX_HEADER = 65_536;

/**
 * Looks at the header of a `.npy` file before its values are taken apart.
 * @throws Error whose message says what is wrong: a header cut short or too long, values cut short, or of a type that
 * takes many times the room of its bytes.
 */
export function checkNpyHeader(bytes: Uint8Array): void {
  if (bytes.length < 12) throw new Error("its header is cut short");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const [start, length] = bytes[6] > 1 ? [12, view.getUint32(8, true)] : [10, view.getUint16(8, true)];
  if (length > MAX_HEADER) throw new Error(`its header says that it has ${length} bytes; ${MAX_HEADER} are read`);
  if (start + length > bytes.length) throw new Error("its header is cut short");
  const text = Buffer.from(bytes.subarray(start, start + length)).toString("latin1");
  const [, kind, size] = /'descr'\s*:\s*'[<>|=]?([A-Za-z])(\d{1,6})'/.exec(text) ?? [];
  if (kind === "b" || kind === "U") throw new Error(`its values are of type ${kind}${size}`);
  const data = bytes.length - start - length;
  if (data % Number(size ?? 1) !== 0) throw new Error(`its values, of ${size} bytes each, have ${data} bytes in all`);
}
