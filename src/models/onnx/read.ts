import { FileError } from "../../errors.js";
import { otherKind } from "../../files/first-bytes.js";
import { parseJson } from "../../files/json.js";
import { MAX_FILE_BYTES } from "../../files/limits.js";
import { readWhole } from "../../files/read.js";
import { type ModelMetadata, parseMetadata } from "../metadata.js";
import { METADATA_KEY } from "./export.js";
import type { OnnxModel, OnnxValueInfo } from "./messages.js";
import { decodeModel } from "./proto.js";

/** An input or output of an ONNX model; a dimension without a fixed size is given by its name, `?` if it has none. */
export interface OnnxValueDescription {
  readonly name: string;
  readonly shape: readonly (number | string)[];
}

export interface OnnxDescription {
  /** Our record, if the file carries one. */
  readonly metadata?: ModelMetadata;
  /** Inputs that are not constants. */
  readonly inputs: readonly OnnxValueDescription[];
  readonly outputs: readonly OnnxValueDescription[];
  /** The file's metadata_props, of any origin. */
  readonly properties: Readonly<Record<string, string>>;
}

/**
 * The bytes of an ONNX file.
 *
 * @throws FileError if it is missing, no regular file, or larger than protocol buffers may be
 */
export function readOnnx(path: string): Promise<Uint8Array<ArrayBuffer>> {
  return readWhole(path, "an ONNX model", MAX_FILE_BYTES);
}

/**
 * What an ONNX file says of itself, without running it.
 *
 * @param path its name, for messages
 * @throws FileError if the bytes are no ONNX model, or our record in it is broken
 */
export function readOnnxMetadata(bytes: Uint8Array, path: string): OnnxDescription {
  const { graph, metadataProps } = decode(bytes, path);
  const constants = new Set(graph.initializer.map((tensor) => tensor.name));
  const properties = Object.fromEntries(metadataProps.map(({ key, value }) => [key, value]));
  const record = properties[METADATA_KEY];
  return {
    ...(record === undefined ? {} : { metadata: parseRecord(record, path) }),
    inputs: graph.input.filter(({ name }) => !constants.has(name)).map(describe),
    outputs: graph.output.map(describe),
    properties,
  };
}

function decode(bytes: Uint8Array, path: string): OnnxModel {
  let model: OnnxModel;
  try {
    model = decodeModel(bytes);
  } catch (error) {
    throw noModel(bytes, path, error instanceof Error ? error.message : String(error), error);
  }
  if (model.graph.output.length > 0) return model;
  throw noModel(bytes, path, `${bytes.length} bytes without a graph that has an output`);
}

function noModel(bytes: Uint8Array, path: string, reason: string, cause?: unknown): FileError {
  const kind = otherKind(bytes, "onnx", path);
  const problem = kind === undefined ? reason : `it is ${kind.found}. ${kind.next}`;
  return new FileError(path, `is not an ONNX model: ${problem}`, { cause });
}

function parseRecord(record: string, path: string): ModelMetadata {
  const metadata = parseMetadata(parseJson(record, `${path}, metadata ${METADATA_KEY}`));
  if ("problem" in metadata) throw new FileError(path, `its ${METADATA_KEY} record is broken: ${metadata.problem}`);
  return metadata;
}

function describe({ name, type }: OnnxValueInfo): OnnxValueDescription {
  const dimensions = type?.tensorType?.shape?.dim ?? [];
  const shape = dimensions.map((dimension) => {
    if ("dimValue" in dimension) return dimension.dimValue;
    return "dimParam" in dimension ? dimension.dimParam : "?";
  });
  return { name, shape };
}
