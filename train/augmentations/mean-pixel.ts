import { type Dataset, writeUnit } from "../../src/index.js";

/** The mean of each channel over a dataset, in units of [0, 1]: [channels]. */
export function meanPixel(dataset: Dataset): Float32Array {
  const channels = dataset.shape[2];
  const sums = new Float64Array(channels);
  const pixels = new Float32Array(dataset.shape[0] * dataset.shape[1] * channels);
  for (let i = 0; i < dataset.length; i++) {
    writeUnit(dataset.example(i).pixels, pixels);
    for (let j = 0; j < pixels.length; j++) sums[j % channels] += pixels[j];
  }
  return Float32Array.from(sums, (sum) => (sum * channels) / (dataset.length * pixels.length));
}
