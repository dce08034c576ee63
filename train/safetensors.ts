/**
 * The safetensors format (https://huggingface.co/docs/safetensors): an 8-byte little-endian length, a JSON header that
 * maps each name to type, shape and place, and the bytes of the tensors back to back. Any library of that name reads it.
 */

/** A float32 tensor in memory. */
export interface NamedTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

export interface SafetensorsContent {
  readonly metadata: Readonly<Record<string, string>>;
  /** In the order in which they lie in the file; names differ. */
  readonly tensors: readonly NamedTensor[];
}

const LENGTH_BYTES = 8;

export function encodeSafetensors({ metadata, tensors }: SafetensorsContent): Uint8Array {
  const entries: Record<string, object> = { __metadata__: metadata };
  let end = 0;
  for (const { name, shape, values } of tensors) {
    entries[name] = { dtype: "F32", shape, data_offsets: [end, end + values.byteLength] };
    end += values.byteLength;
  }
  const header = paddedJson(entries);
  const bytes = new Uint8Array(LENGTH_BYTES + header.length + end);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(header.length), true);
  bytes.set(header, LENGTH_BYTES);
  let offset = LENGTH_BYTES + header.length;
  for (const { values } of tensors) {
    bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), offset);
    offset += values.byteLength;
  }
  return bytes;
}

/** Spaces at the end align the tensors to 8 bytes, as the format asks. */
function paddedJson(value: object): Uint8Array {
  const text = new TextEncoder().encode(JSON.stringify(value));
  const padded = new Uint8Array(Math.ceil(text.length / 8) * 8).fill(0x20);
  padded.set(text);
  return padded;
}

interface Entry {
  readonly dtype: string;
  readonly shape: number[];
  readonly data_offsets: [begin: number, end: number];
}

/** @throws Error (of any kind) whose message says what is wrong, if the bytes are not a whole file of float32 tensors */
export function decodeSafetensors(bytes: Uint8Array): SafetensorsContent {
  const start = headerEnd(bytes);
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(LENGTH_BYTES, start)));
  const { __metadata__: metadata = {}, ...entries } = header as Record<string, Entry> & {
    __metadata__?: Record<string, string>;
  };
  const tensors = Object.entries(entries).map(([name, entry]) => decodeTensor(bytes.subarray(start), name, entry));
  return { metadata, tensors };
}

function headerEnd(bytes: Uint8Array): number {
  if (bytes.length < LENGTH_BYTES) throw new Error(`its ${bytes.length} bytes hold no header`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const end = LENGTH_BYTES + Number(view.getBigUint64(0, true));
  if (end > bytes.length) throw new Error(`the header ends at byte ${end}, the file at ${bytes.length}`);
  return end;
}

function decodeTensor(
  data: Uint8Array,
  name: string,
  { dtype, shape, data_offsets: [begin, end] }: Entry,
): NamedTensor {
  if (dtype !== "F32") throw new Error(`tensor ${name} is of type ${dtype}, not F32`);
  const size = 4 * shape.reduce((product, side) => product * side, 1);
  if (end - begin !== size) throw new Error(`tensor ${name} of shape [${shape}] has ${end - begin} bytes, not ${size}`);
  if (end > data.length) throw new Error(`tensor ${name} ends at byte ${end} of the data, which has ${data.length}`);
  return { name, shape, values: floats(data.subarray(begin, end)) };
}

/** A copy that starts at the beginning of its memory, as float arrays must. */
function floats(bytes: Uint8Array): Float32Array {
  return new Float32Array(new Uint8Array(bytes).buffer);
}
