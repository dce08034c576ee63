import type * as tfl from "@tensorflow/tfjs-layers";
import { type BaseClassifier, layersClassifier } from "../../certify/index.js";
import type { ImageShape } from "../../src/index.js";

/** A model between two steps of its training as a base classifier, with the weights that it has now. */
export function modelInTraining(model: tfl.LayersModel, imageShape: ImageShape): BaseClassifier {
  return layersClassifier(model, { name: "the model in training", hash: "", imageShape, engine: "tfjs" });
}
