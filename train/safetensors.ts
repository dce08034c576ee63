/**
 * The safetensors format (https://huggingface.co/docs/safetensors): an 8-byte little-endian length, a JSON header that
 * maps each name to type, shape and place, and the bytes of the tensors back to back. Libraries of that name read it.
 */
import { z } from "zod";
import { checkJson, parseJson } from "../src/files/json.js";
import { MAX_JSON_BYTES, showBytes } from "../src/files/limits.js";

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

const index = z.int().min(0);
const entrySchema = z.object({ dtype: z.string(), shape: z.array(index), data_offsets: z.tuple([index, index]) });
const headerSchema = z.object({ __metadata__: z.record(z.string(), z.string()).optional() }).catchall(entrySchema);

type Entry = z.infer<typeof entrySchema>;

/**
 * @param path the file's name, for messages
 * @throws Error (of any kind) whose message says what is wrong, if the bytes are not a whole file of float32 tensors
 */
export function decodeSafetensors(bytes: Uint8Array, path = "safetensors"): SafetensorsContent {
  const start = headerEnd(bytes);
  const value = parseJson(new TextDecoder().decode(bytes.subarray(LENGTH_BYTES, start)), path);
  const { __metadata__: metadata = {}, ...entries } = checkJson(headerSchema, value, path, "header");
  const data = bytes.subarray(start);
  const tensors: NamedTensor[] = [];
  let at = 0;
  for (const [name, entry] of Object.entries(entries as Record<string, Entry>)) {
    if (entry.data_offsets[0] !== at) throw new Error(`tensor ${name} does not begin where the one before it ends`);
    tensors.push(decodeTensor(data, name, entry));
    at = entry.data_offsets[1];
  }
  return { metadata, tensors };
}

function headerEnd(bytes: Uint8Array): number {
  if (bytes.length < LENGTH_BYTES) throw new Error(`its ${bytes.length} bytes hold no header`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const length = Number(view.getBigUint64(0, true));
  if (length > MAX_JSON_BYTES)
    throw new Error(`a header of ${length} bytes is larger than ${showBytes(MAX_JSON_BYTES)}`);
  const end = LENGTH_BYTES + length;
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
