/** The NumPy format, version 1: what `np.load` and smoothcert's `npy:IMAGES,LABELS` read. */

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0];
/** The header ends at a multiple of this. */
const ALIGNMENT = 64;

/** An array of bytes, or of 32-bit integers, as an npy file; the last dimension's values are next to each other. */
export function writeNpy(values: Uint8Array | Int32Array, shape: readonly number[]): Uint8Array<ArrayBuffer> {
  const type = values instanceof Int32Array ? "<i4" : "|u1";
  const sizes = shape.map((size) => `${size},`).join(" ");
  const about = `{'descr': '${type}', 'fortran_order': False, 'shape': (${sizes}), }`;
  const start = Math.ceil((MAGIC.length + 2 + about.length + 1) / ALIGNMENT) * ALIGNMENT;
  const header = `${about.padEnd(start - MAGIC.length - 3)}\n`;
  const bytes = new Uint8Array(start + values.byteLength);
  bytes.set([...MAGIC, header.length & 0xff, header.length >> 8]);
  bytes.set(new TextEncoder().encode(header), MAGIC.length + 2);
  const view = new DataView(bytes.buffer, start);
  if (values instanceof Uint8Array) bytes.set(values, start);
  else for (const [i, value] of values.entries()) view.setInt32(4 * i, value, true);
  return bytes;
}
