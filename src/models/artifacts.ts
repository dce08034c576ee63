/** A model as TensorFlow.js hands it over: topology, names and shapes of the weights, and their bytes. */
import { createHash } from "node:crypto";
import * as tf from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";
import { canonicalize } from "json-canonicalize";
import { withWeightBudget } from "./weight-budget.js";

export interface ModelArtifacts {
  readonly modelTopology: Record<string, unknown>;
  readonly weightSpecs: tf.io.WeightsManifestEntry[];
  readonly weightData: Uint8Array<ArrayBuffer>;
}

/** Without the state of an optimizer. */
export async function toArtifacts(model: tfl.LayersModel): Promise<ModelArtifacts> {
  let taken: tf.io.ModelArtifacts = {};
  const handler = tf.io.withSaveHandler(async (artifacts) => {
    taken = artifacts;
    return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: "JSON" } };
  });
  await model.save(handler, { includeOptimizer: false });
  const weightData = new Uint8Array(tf.io.CompositeArrayBuffer.join(taken.weightData));
  return {
    // As it will be read back, so that the hash of both is the same.
    modelTopology: JSON.parse(JSON.stringify(taken.modelTopology)),
    weightSpecs: taken.weightSpecs ?? [],
    weightData,
  };
}

/** @throws Error of TensorFlow.js, also where the layers ask for more weights than there are */
export async function fromArtifacts(artifacts: ModelArtifacts): Promise<tfl.LayersModel> {
  const { modelTopology, weightSpecs, weightData } = artifacts;
  const handler = tf.io.fromMemory({ modelTopology, weightSpecs, weightData: weightData.buffer });
  const numbers = weightSpecs.reduce((sum, { shape }) => sum + tf.util.sizeFromShape(shape), 0);
  return withWeightBudget(numbers, () => tfl.loadLayersModel(handler));
}

const BYTES: Readonly<Record<string, number>> = { float32: 4, int32: 4, bool: 1, float16: 2, uint8: 1, uint16: 2 };

/** Bytes that the weights take according to their shapes and types. */
export function expectedBytes(specs: readonly tf.io.WeightsManifestEntry[]): number {
  let total = 0;
  for (const { shape, dtype, quantization } of specs) {
    total += BYTES[quantization?.dtype ?? dtype] * shape.reduce((product, side) => product * side, 1);
  }
  return total;
}

/** SHA-256 (hex) of the topology, the names, shapes and types of the weights, and their bytes. */
export function hashOf(artifacts: ModelArtifacts): string {
  const text = canonicalize({ topology: artifacts.modelTopology, weights: artifacts.weightSpecs });
  return createHash("sha256").update(text).update("\n").update(artifacts.weightData).digest("hex");
}
