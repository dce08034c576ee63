import { requireThat } from "../../../errors.js";

/** The numbers of int8 networks: real = scale * (integer - zero point), rounded to nearest with ties to even. */

/** Smallest and largest value that a tensor takes. */
export interface TensorRange {
  readonly min: number;
  readonly max: number;
}

/** How activations become bytes: q = clamp(round(x / scale) + zeroPoint, 0, 255). */
export interface ActivationScheme {
  /** A float32, greater than 0. */
  readonly scale: number;
  /** Integer in [0, 255]; the byte that stands for 0. */
  readonly zeroPoint: number;
}

/** Weights as integers in [-limit, limit], one scale a channel; the zero point is 0. */
export interface QuantizedWeights {
  readonly values: Int8Array;
  /** Float32s greater than 0. */
  readonly scales: Float32Array;
}

/** Bits of a weight. */
export type WeightBits = 7 | 8;

/**
 * Largest integer weight. With 7 bits two products of a byte and a weight add up to at most 2 * 255 * 64 = 32,640,
 * which 16 bits hold: processors without VNNI add in 16 bits and would saturate, and give other logits than those with
 * it.
 */
export const WEIGHT_LIMIT: Readonly<Record<WeightBits, number>> = { 7: 64, 8: 127 };

/** Below this a scale would leave the normal float32 numbers when multiplied with another. */
const SMALLEST_SCALE = 2 ** -60;

/**
 * The scheme whose 256 levels span the range, extended to hold 0, which gets a level of its own: zero padding and ReLU
 * are exact.
 *
 * @throws ArgumentError for a range that is not finite or whose ends are in the wrong order
 */
export function activationScheme(range: TensorRange): ActivationScheme {
  const ordered = range.min <= range.max && range.max - range.min < Infinity;
  requireThat(ordered, "activationScheme", "range", "finite, with min <= max", range);
  const [min, max] = [Math.min(0, range.min), Math.max(0, range.max)];
  const scale = Math.fround(Math.max((max - min) / 255, SMALLEST_SCALE));
  return { scale, zeroPoint: Math.min(255, Math.max(0, roundToEven(-min / scale))) };
}

/** Nearest integer; of two, the even one. */
export function roundToEven(x: number): number {
  const below = Math.floor(x);
  const rest = x - below;
  if (rest !== 0.5) return rest < 0.5 ? below : below + 1;
  return below % 2 === 0 ? below : below + 1;
}

/** How a tensor of weights falls into channels: element i belongs to channel floor(i / stride) mod channels. */
export interface ChannelLayout {
  readonly channels: number;
  readonly stride: number;
}

/**
 * Weights, symmetric around 0, with a scale a channel that makes its largest weight `limit`.
 *
 * @param smallest least scale of each channel, where something else than the weights needs one
 */
export function quantizeWeights(
  weights: Float32Array,
  layout: ChannelLayout,
  limit: number,
  smallest: (channel: number) => number = () => 0,
): QuantizedWeights {
  const channelOf = (i: number): number => Math.floor(i / layout.stride) % layout.channels;
  const largest = new Float64Array(layout.channels);
  weights.forEach((w, i) => {
    largest[channelOf(i)] = Math.max(largest[channelOf(i)], Math.abs(w));
  });
  const scales = Float32Array.from(largest, (w, c) => Math.max(w / limit, smallest(c), SMALLEST_SCALE));
  const clamp = (q: number): number => Math.max(-limit, Math.min(limit, q));
  const values = Int8Array.from(weights, (w, i) => clamp(roundToEven(w / scales[channelOf(i)])));
  return { values, scales };
}

/** Largest bias as an integer: half of what 32 bits hold, which leaves room for the sum of products. */
const BIAS_LIMIT = 2 ** 30;

/** The least scale of a channel's weights with which its bias fits 32 bits. */
export function smallestWeightScale(bias: number, inputScale: number): number {
  return Math.abs(bias) / (BIAS_LIMIT * inputScale);
}

/** Biases on the scale of the sums that they are added to: input scale times weight scale, channel by channel. */
export function quantizeBias(
  bias: Float32Array,
  inputScale: number,
  weightScales: Float32Array,
): { values: Int32Array; scales: Float32Array } {
  const scales = Float32Array.from(bias, (_, c) => inputScale * weightScales[c % weightScales.length]);
  return { values: Int32Array.from(bias, (b, c) => roundToEven(b / scales[c])), scales };
}
