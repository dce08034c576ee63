import type { ValueMetadata } from "../../certify/classifiers/onnx/input.js";
import { FileError, type ImageShape } from "../../certify/core.js";
import { imageShapeOf } from "../../src/models/onnx/image-shape.js";

/** The shape of a model's images, and a note where it is a guess. */
export interface FoundShape {
  readonly shape: ImageShape;
  readonly notes: readonly string[];
}

/**
 * The images that a model takes, by its input's shape. One of [N, d] is taken to be square.
 *
 * @param path the file's name, for messages @throws FileError where the shape leaves it open
 */
export function findShape(path: string, inputs: readonly ValueMetadata[]): FoundShape {
  const { name, shape = [] } = inputs[0] ?? { name: "" };
  const shown = `'${name}' [${shape.join(", ")}]`;
  const exact = imageShapeOf(shape);
  if (exact !== undefined) return { shape: exact, notes: [] };
  const [, flat, ...rest] = shape;
  const square = typeof flat === "number" && rest.every((size) => size === 1) ? squareOf(flat) : undefined;
  if (square !== undefined) {
    return { shape: square, notes: [`the model's input ${shown} is taken for images of ${square.join("x")}`] };
  }
  const next = "Export it with a fixed height and width, or use the command 'smoothcert certify', which takes any";
  throw new FileError(path, `expected an input that says how large images are, found ${shown}. ${next}`);
}

/** A square of one channel, or of three. */
function squareOf(size: number): ImageShape | undefined {
  for (const channels of [1, 3]) {
    const side = Math.round(Math.sqrt(size / channels));
    if (side > 1 && side * side * channels === size) return [side, side, channels];
  }
  return undefined;
}
