import type * as tfl from "@tensorflow/tfjs-layers";
import type { ImageShape } from "../data/dataset.js";
import { requireThat } from "../errors.js";

/** What a classifier of images takes and gives. */
export interface ModelSignature {
  readonly inputShape: ImageShape;
  /** Number of classes: the length of the output. */
  readonly classes: number;
}

/**
 * @throws ArgumentError unless the model has one input, images [null, height, width, channels] of a fixed size, and one
 * output [null, classes] with at least two classes
 */
export function signatureOf(model: tfl.LayersModel): ModelSignature {
  requireThat(model.inputs.length === 1, "model", "inputs", "one input", namesOf(model.inputs));
  requireThat(model.outputs.length === 1, "model", "outputs", "one output", namesOf(model.outputs));
  const input = model.inputs[0].shape.slice(1);
  const isImage = input.length === 3 && input.every((size) => size !== null && size > 0);
  requireThat(
    isImage,
    "model",
    "input",
    "images [null, height, width, channels] of a fixed size",
    model.inputs[0].shape,
  );
  const output = model.outputs[0].shape;
  const isVector = output.length === 2 && output[1] !== null && output[1] >= 2;
  requireThat(isVector, "model", "output", "[null, classes] with at least two classes", output);
  return { inputShape: input as [number, number, number], classes: output[1] as number };
}

function namesOf(tensors: readonly tfl.SymbolicTensor[]): string[] {
  return tensors.map((tensor) => tensor.name);
}
