import { requireFunctionOfImage } from "../../certify/classifiers/onnx/function.js";
import { type OnnxNetwork, openNetwork } from "../../certify/classifiers/onnx/network.js";
import type { OnnxRuntime } from "../../certify/classifiers/onnx/provider.js";
import { FileError } from "../../certify/core.js";
import type { ModelFacts } from "../messages.js";
import { findShape } from "./image-shape.js";
import { modelRecord } from "./model-record.js";

/** A model that is ready to vote. */
export interface OpenedModel {
  readonly network: OnnxNetwork;
  readonly facts: ModelFacts;
}

/**
 * Opens an ONNX model as the command line does: it is refused unless its scores for an image are a function of that
 * image.
 *
 * @throws FileError saying what is wrong with it
 */
export async function openModel(runtime: OnnxRuntime, name: string, bytes: Uint8Array): Promise<OpenedModel> {
  const file = { path: name, bytes, external: [] };
  const { shape, notes } = findShape(name, await inputsOf(runtime, name, bytes));
  const network = await openNetwork(runtime, file, { name, imageShape: shape });
  await requireFunctionOfImage(file, network);
  const { classes, hash } = network;
  const { classes: names = numbered(classes), trainingSigma } = modelRecord(bytes, classes);
  const facts = { name, shape, classes: names, hash, runtime: runtime.name, trainingSigma };
  return { network, facts: { ...facts, notes: [...notes, ...(network.notes ?? [])] } };
}

function numbered(classes: number): string[] {
  return Array.from({ length: classes }, (_, c) => String(c));
}

/** What ONNX Runtime says of the inputs. @throws FileError if it refuses the model */
async function inputsOf({ InferenceSession, provider }: OnnxRuntime, name: string, bytes: Uint8Array) {
  const options = { executionProviders: [provider], logSeverityLevel: 4 } as const;
  const session = await InferenceSession.create(bytes, options).catch((cause: unknown) => {
    throw new FileError(name, `expected an ONNX model, but ONNX Runtime refuses it: ${String(cause)}`, { cause });
  });
  const { inputMetadata } = session;
  await session.release();
  return inputMetadata;
}
