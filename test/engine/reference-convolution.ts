import * as tf from "@tensorflow/tfjs-core";
import type { CounterRandom } from "smoothcert";

/** A convolution of images with 3x3 filters and stride 1. */
export interface Layer {
  readonly images: number;
  readonly rows: number;
  readonly columns: number;
  readonly inputs: number;
  readonly outputs: number;
  readonly pad: "same" | "valid" | number;
}

type Draw = (count: number) => Float32Array;
type OfPlaces = (input: number, weight: number, output: number) => number;

/** Numbers in (-1, 1). */
export function unitRandom(random: CounterRandom): Draw {
  return (count) => Float32Array.from({ length: count }, () => 2 * random.uniform() - 1);
}

/** Random tensors of a layer, and its outputs and gradients from the definition, in doubles. */
export function convolutionOf({ images, rows, columns, inputs, outputs, pad }: Layer, draw: Draw) {
  const padding = pad === "same" ? 1 : pad === "valid" ? 0 : pad;
  const [outRows, outColumns] = [rows + 2 * padding - 2, columns + 2 * padding - 2];
  const inputShape: [number, number, number, number] = [images, rows, columns, inputs];
  const filterShape: [number, number, number, number] = [3, 3, inputs, outputs];
  const outputShape: [number, number, number, number] = [images, outRows, outColumns, outputs];
  const [x, filter, dy] = [inputShape, filterShape, outputShape].map((shape) => draw(tf.util.sizeFromShape(shape)));

  /** The sums, by `place`, of all products, of which each has places in images, filters and outputs. */
  function sums(size: number, place: OfPlaces, product: OfPlaces): Float64Array {
    const into = new Float64Array(size);
    for (const [pixel, weight, result] of taps())
      for (let c = 0; c < inputs; c++)
        for (let k = 0; k < outputs; k++) {
          const places = [pixel + c, weight + c * outputs + k, result + k] as const;
          into[place(...places)] += product(...places);
        }
    return into;
  }

  /** The first places of each meeting of a pixel, a point of the filters and an output. */
  function* taps(): Generator<[pixel: number, weight: number, result: number]> {
    for (let n = 0; n < images; n++)
      for (let i = 0; i < outRows; i++)
        for (let j = 0; j < outColumns; j++)
          for (let r = 0; r < 3; r++)
            for (let s = 0; s < 3; s++) {
              const [row, column] = [i + r - padding, j + s - padding];
              if (row < 0 || row >= rows || column < 0 || column >= columns) continue;
              const result = ((n * outRows + i) * outColumns + j) * outputs;
              yield [((n * rows + row) * columns + column) * inputs, (r * 3 + s) * inputs * outputs, result];
            }
  }

  return {
    x: tf.tensor4d(x, inputShape),
    filter: tf.tensor4d(filter, filterShape),
    dy: tf.tensor4d(dy, outputShape),
    bias: tf.tensor1d(draw(outputs)),
    addend: tf.tensor4d(draw(dy.length), outputShape),
    inputShape,
    filterShape,
    outputShape,
    results: {
      outputs: () =>
        sums(
          dy.length,
          (_i, _w, o) => o,
          (i, w) => x[i] * filter[w],
        ),
      inputGradient: () =>
        sums(
          x.length,
          (i) => i,
          (_i, w, o) => dy[o] * filter[w],
        ),
      filterGradient: () =>
        sums(
          filter.length,
          (_i, w) => w,
          (i, _w, o) => x[i] * dy[o],
        ),
    },
  };
}
