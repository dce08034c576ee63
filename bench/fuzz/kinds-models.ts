import { cp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { disposeVariables } from "@tensorflow/tfjs-core";
import { dimensionOf, type ImageShape, quantizationProbe, readOnnx } from "smoothcert";
import type { BaseClassifier } from "smoothcert/certify";
import { findModel } from "../../cli/model-source.js";
import { SIDE } from "./base.js";
import { mutateBytes } from "./bytes.js";
import { mutatedJson } from "./json.js";
import type { Kind } from "./kind.js";
import { mutateMessage } from "./protobuf.js";
import type { Random } from "./random.js";

const SHAPE: ImageShape = [SIDE, SIDE, 1];

function onnx(name: string, share: number, mutate: (bytes: Uint8Array, random: Random) => Uint8Array): Kind {
  return {
    name,
    share,
    async make(random, base, folder) {
      const bytes = await readFile(join(base, random.pick(["linear.onnx", "residual.onnx"])));
      await writeFile(join(folder, "model.onnx"), mutate(bytes, random));
    },
    read: async (folder) => readOnnxModel(join(folder, "model.onnx")),
  };
}

async function readOnnxModel(path: string): Promise<void> {
  await classifyTwo(await (await findModel(path, "cpu", "onnx")).open(SHAPE, { threads: 1 }));
  quantizationProbe(await readOnnx(path), path);
}

export const onnxKind: Kind = onnx("ONNX, by field", 120, mutateMessage);
export const onnxBytesKind: Kind = onnx("ONNX, by byte", 40, mutateBytes);

const MODELS = ["linear", "residual", "residual", "stacked"];

/** A copy of a folder of a model in which a file is made anew. */
function layers(
  name: string,
  share: number,
  file: string,
  remake: (bytes: Uint8Array, random: Random) => string | Uint8Array,
): Kind {
  return {
    name,
    share,
    async make(random, base, folder) {
      await cp(join(base, random.pick(MODELS)), folder, { recursive: true });
      const path = join(folder, file);
      await writeFile(path, remake(await readFile(path), random));
      // Without the record nothing holds the hash of the others, and they are looked into.
      if (file !== "smoothcert.json") await rm(join(folder, "smoothcert.json"));
    },
    read: readLayersModel,
  };
}

async function readLayersModel(folder: string): Promise<void> {
  try {
    const { metadata, open } = await findModel(folder, "cpu", "tfjs");
    await classifyTwo(await open(metadata?.inputShape ?? SHAPE, {}));
  } finally {
    disposeVariables();
  }
}

async function classifyTwo(classifier: BaseClassifier): Promise<void> {
  const images = new Float32Array(2 * dimensionOf(classifier.inputShape)).fill(0.5);
  await classifier.classify(images, 2, new Int32Array(2));
  await classifier.close?.();
}

const jsonOf = (bytes: Uint8Array, random: Random): string =>
  mutatedJson(JSON.parse(Buffer.from(bytes).toString()), random);

export const layersKind: Kind = layers("TensorFlow.js, by schema", 120, "model.json", jsonOf);
export const weightsKind: Kind = layers("TensorFlow.js, weights", 10, "weights.bin", mutateBytes);
export const recordKind: Kind = layers("smoothcert.json", 20, "smoothcert.json", jsonOf);
