/**
 * What a model does to pixels before its first layer, as frozen standard layers at its front. Noise is thus always
 * added to the pixels themselves, and any TensorFlow.js program that loads the model gets the preprocessing with it.
 */
import * as tf from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";
import type { ImageShape } from "../data/dataset.js";
import { requireInteger, requireThat } from "../errors.js";

/** Applied in this order: crop, then `(scale * pixel - mean) / std` in each channel. */
export interface Preprocessing {
  /** Height and width of the part that is kept, around the centre; an odd rest is cut at the bottom and right. */
  readonly crop?: readonly [height: number, width: number] | undefined;
  /** Per channel, after scaling. Default 0. */
  readonly mean?: readonly number[] | undefined;
  /** Per channel, greater than 0, after scaling. Default 1. */
  readonly std?: readonly number[] | undefined;
  /** What pixels in [0, 1] are multiplied by first, e.g. 255; not 0. Default 1. */
  readonly scale?: number | undefined;
}

export const NORMALIZE_LAYER = "preprocess_normalize";
const CROP_LAYER = "preprocess_crop";

/** The input followed by whatever layers the preprocessing needs: none if it changes nothing. */
export function preprocess(
  pixels: tfl.SymbolicTensor,
  shape: ImageShape,
  preprocessing: Preprocessing,
): tfl.SymbolicTensor {
  requirePreprocessing(shape, preprocessing);
  const cropped = crop(pixels, shape, preprocessing.crop ?? [shape[0], shape[1]]);
  const { factor, offset } = affineOf(shape[2], preprocessing);
  if (factor.every((f) => f === 1) && offset.every((b) => b === 0)) return cropped;
  const layer = tfl.layers.conv2d({
    name: NORMALIZE_LAYER,
    filters: shape[2],
    kernelSize: 1,
    kernelInitializer: "zeros",
    trainable: false,
  });
  const normalized = layer.apply(cropped) as tfl.SymbolicTensor;
  tf.tidy(() => layer.setWeights([tf.tensor4d(diagonal(factor), [1, 1, shape[2], shape[2]]), tf.tensor1d(offset)]));
  return normalized;
}

/** @throws ArgumentError naming the part that does not fit images of this shape */
function requirePreprocessing(shape: ImageShape, { crop, mean, std, scale }: Preprocessing): void {
  const [height, width, channels] = shape;
  if (crop !== undefined) {
    requireInteger(crop[0], "buildModel", "preprocessing.crop[0]", 1, height);
    requireInteger(crop[1], "buildModel", "preprocessing.crop[1]", 1, width);
  }
  const fits = (values: readonly number[]): boolean => values.length === channels && values.every(Number.isFinite);
  const rule = `${channels} finite numbers, one a channel`;
  if (mean !== undefined) requireThat(fits(mean), "buildModel", "preprocessing.mean", rule, mean);
  if (std !== undefined) {
    const positive = fits(std) && std.every((value) => value > 0);
    requireThat(positive, "buildModel", "preprocessing.std", `${rule}, greater than 0`, std);
  }
  if (scale !== undefined) {
    const usable = Number.isFinite(scale) && scale !== 0;
    requireThat(usable, "buildModel", "preprocessing.scale", "a finite number other than 0", scale);
  }
}

function crop(pixels: tfl.SymbolicTensor, shape: ImageShape, size: readonly [number, number]): tfl.SymbolicTensor {
  const [rows, columns] = [shape[0] - size[0], shape[1] - size[1]];
  if (rows === 0 && columns === 0) return pixels;
  const around = (rest: number): [number, number] => [Math.floor(rest / 2), Math.ceil(rest / 2)];
  const layer = tfl.layers.cropping2D({ name: CROP_LAYER, cropping: [around(rows), around(columns)] });
  return layer.apply(pixels) as tfl.SymbolicTensor;
}

/** `(scale * pixel - mean) / std` as `factor * pixel + offset`. */
function affineOf(channels: number, { mean, std, scale }: Preprocessing): { factor: number[]; offset: number[] } {
  const deviation = Array.from({ length: channels }, (_, i) => std?.[i] ?? 1);
  return {
    factor: deviation.map((s) => (scale ?? 1) / s),
    offset: deviation.map((s, i) => -(mean?.[i] ?? 0) / s + 0),
  };
}

function diagonal(values: readonly number[]): Float32Array {
  const matrix = new Float32Array(values.length ** 2);
  for (let i = 0; i < values.length; i++) matrix[i * values.length + i] = values[i];
  return matrix;
}
