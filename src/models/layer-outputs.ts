import type * as tfl from "@tensorflow/tfjs-layers";
import { show } from "../errors.js";
import { MAX_LAYER_OUTPUT } from "../files/limits.js";

/**
 * Says what is wrong with what the layers of a model, and of the models in it, make of one image: undefined if each
 * makes a tensor of sides of at least 1 (the first one, of the batch, may be open) and at most {@link
 * MAX_LAYER_OUTPUT} numbers.
 */
export function outputProblem(model: tfl.LayersModel): string | undefined {
  for (const layer of model.layers) {
    const inner = "layers" in layer ? outputProblem(layer as tfl.LayersModel) : undefined;
    if (inner !== undefined) return inner;
    for (const { outputTensors } of layer.inboundNodes) {
      const wrong = outputTensors.find(({ shape }) => !isUsable(shape));
      if (wrong === undefined) continue;
      const rule = `must be sides of at least 1, with at most ${MAX_LAYER_OUTPUT} numbers of an image`;
      return `the output of the layer ${layer.name} ${rule}, got ${show(wrong.shape)}`;
    }
  }
  return undefined;
}

/** Sides other than the first may be open, too: what the model's signature asks for is said elsewhere. */
function isUsable(shape: readonly (number | null)[]): boolean {
  const sides = shape.slice(1).map((side) => side ?? 1);
  const positive = sides.every((side) => Number.isInteger(side) && side >= 1);
  return positive && sides.reduce((product, side) => product * side, 1) <= MAX_LAYER_OUTPUT;
}
