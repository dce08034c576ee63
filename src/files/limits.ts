/**
 * The most that is read of a file and made of it. Each is far above what the datasets, models and logs in use need; a
 * file beyond it is refused before room is made for it. docs/limits.md says them to users.
 */

const KIB = 1024;
const MIB = 1024 * KIB;
const GIB = 1024 * MIB;

/** Bytes of a file of images, labels or arrays, packed or not, and of an ONNX model. */
export const MAX_FILE_BYTES: number = 2 * GIB - 1;

/** Bytes of a run folder that travels through a queue: Redis takes values of up to 512 MiB, and it grows by a third. */
export const MAX_RUN_BYTES: number = 256 * MIB;

/** Bytes of a text for language models, unpacked. */
export const MAX_TEXT_BYTES: number = 256 * MIB;

/** Bytes of a certification log or of the results of an attack. */
export const MAX_LOG_BYTES: number = 256 * MIB;

/** Bytes of a JSON file, or of the JSON at the front of another one. */
export const MAX_JSON_BYTES: number = 16 * MIB;

/** How deep arrays and objects of a JSON file may lie in one another. */
export const MAX_JSON_DEPTH = 100;

/** Pixels of one image file. */
export const MAX_IMAGE_PIXELS: number = 64 * MIB;

/**
 * Layers of a TensorFlow.js model, those of the models in it included: TensorFlow.js follows them with a call within a
 * call.
 */
export const MAX_LAYERS = 2000;

/** Numbers that a layer of a TensorFlow.js model makes of one image. */
export const MAX_LAYER_OUTPUT: number = 64 * MIB;

/** Numbers of the noisy copies in one batch: 1 GiB in single precision. */
export const MAX_BATCH_NUMBERS: number = 256 * MIB;

/** Bytes that `packed` bytes may unpack to: what they say of themselves is not to be believed. */
export function unpackedLimit(packed: number): number {
  return Math.min(MAX_FILE_BYTES, Math.max(256 * MIB, 32 * packed));
}

/** A number of bytes as a person says it: `256 MiB`. */
export function showBytes(bytes: number): string {
  const [unit, name] = bytes >= GIB - 1 ? [GIB, "GiB"] : bytes >= MIB ? [MIB, "MiB"] : [KIB, "KiB"];
  return bytes < KIB ? `${bytes} bytes` : `${Number((bytes / unit).toPrecision(4))} ${name}`;
}
