import type { ExternalFile } from "./external-file.js";

/**
 * An ONNX model as it was when it was read: what is hashed, what is looked into and what every thread computes are the
 * same bytes, whatever becomes of the files meanwhile.
 */
export interface OnnxFile {
  readonly path: string;
  /** In memory that threads share, where there are threads. */
  readonly bytes: Uint8Array;
  /** The files beside it that hold values of its tensors, by name; most models have none. */
  readonly external: readonly ExternalFile[];
}

/** What enters the hash of the model beside its bytes; undefined where nothing does. */
export function externalRecord({ external }: OnnxFile): object[] | undefined {
  if (external.length === 0) return undefined;
  return external.map(({ name, data, hash }) => ({ name, bytes: data.length, sha256: hash }));
}
