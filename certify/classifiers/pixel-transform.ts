import { dimensionOf, type ImageShape } from "../../src/data/dataset.js";
import { requireThat } from "../../src/errors.js";

/** Order of a network's input: channels first or last. */
export type Layout = "nchw" | "nhwc";

/** What a foreign network wants done to pixels in [0, 1]: (scale * pixel - mean) / std, channel by channel. */
export interface PixelScaling {
  /** Factor on pixels in [0, 1], e.g. 255 for a network that takes bytes. @defaultValue 1 */
  readonly scale?: number;
  /** One number, or one a channel, in units after scaling. @defaultValue 0 */
  readonly mean?: readonly number[];
  /** One number, or one a channel, in units after scaling; not 0. @defaultValue 1 */
  readonly std?: readonly number[];
}

/** Writes `count` images of `batch` (HWC, units of [0, 1]) to `out` as the network wants them. */
export type PixelTransform = (batch: Float32Array, count: number, out: Float32Array) => void;

/**
 * The transform for a layout and a scaling; undefined where the network takes the batch as it is. It runs after the
 * noise was added: noise lives in pixel space.
 *
 * @throws ArgumentError if scale, mean or std are not finite, std is 0, or their number is neither 1 nor that of the
 *   channels
 */
export function pixelTransform(
  shape: ImageShape,
  layout: Layout,
  { scale = 1, mean = [0], std = [1] }: PixelScaling = {},
): PixelTransform | undefined {
  const channels = shape[2];
  requireThat(Number.isFinite(scale) && scale !== 0, "pixelTransform", "scale", "finite and not 0", scale);
  const means = perChannel(mean, channels, "mean");
  const stds = perChannel(std, channels, "std");
  requireThat(
    stds.every((s) => s !== 0),
    "pixelTransform",
    "std",
    "not 0",
    std,
  );
  const plain = scale === 1 && means.every((m) => m === 0) && stds.every((s) => s === 1);
  if (plain && (layout === "nhwc" || channels === 1)) return undefined;
  const dimension = dimensionOf(shape);
  const plane = dimension / channels;
  const channelStride = layout === "nchw" ? plane : 1;
  const pixelStride = layout === "nchw" ? 1 : channels;
  return (batch, count, out) => {
    for (let start = 0; start < count * dimension; start += dimension) {
      for (let c = 0; c < channels; c++) {
        const mu = means[c];
        const sd = stds[c];
        let to = start + c * channelStride;
        for (let from = start + c; from < start + dimension; from += channels, to += pixelStride) {
          out[to] = (scale * batch[from] - mu) / sd;
        }
      }
    }
  };
}

function perChannel(values: readonly number[], channels: number, argument: string): readonly number[] {
  requireThat(
    values.length === 1 || values.length === channels,
    "pixelTransform",
    argument,
    `one number or ${channels}, one a channel`,
    values,
  );
  requireThat(values.every(Number.isFinite), "pixelTransform", argument, "finite", values);
  return values.length === 1 ? Array.from({ length: channels }, () => values[0]) : values;
}
