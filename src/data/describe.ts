import { type Dataset, dimensionOf, type ImageShape, type PixelType, type Split, writeUnit } from "./dataset.js";

/** What `smoothcert data SPEC` shows. */
export interface DatasetDescription {
  readonly name: string;
  readonly split: Split;
  readonly shape: ImageShape;
  readonly length: number;
  readonly pixelType: PixelType;
  /** Each class, by label, and how many examples it has. */
  readonly classes: readonly { readonly name: string; readonly count: number }[];
  /** Mean of the pixels in [0, 1], by channel; of a table, of each column in its own units. */
  readonly mean: readonly number[];
  /** Standard deviation of the pixels in [0, 1] (divided by their number, not by one less), likewise. */
  readonly std: readonly number[];
  readonly hash: string;
  readonly source: string;
}

/** Counts, pixel statistics and hash of a dataset; reads every example twice. */
export function describeDataset(dataset: Dataset): DatasetDescription {
  const { name, split, shape, length, pixelType, source } = dataset;
  const counts = new Array<number>(dataset.classes.length).fill(0);
  for (let i = 0; i < length; i++) counts[dataset.example(i).label]++;
  const classes = dataset.classes.map((className, label) => ({ name: className, count: counts[label] }));
  const mean = channelMeans(dataset, (value) => value);
  const std = channelMeans(dataset, (value, channel) => (value - mean[channel]) ** 2).map(Math.sqrt);
  return { name, split, shape, length, pixelType, classes, mean, std, hash: dataset.hash(), source };
}

function channelMeans(dataset: Dataset, of: (value: number, channel: number) => number): number[] {
  const channels = dataset.shape[2];
  const unit = new Float32Array(dimensionOf(dataset.shape));
  const sums = new Array<number>(channels).fill(0);
  for (let i = 0; i < dataset.length; i++) {
    writeUnit(dataset.example(i).pixels, unit);
    for (let j = 0; j < unit.length; j++) sums[j % channels] += of(unit[j], j % channels);
  }
  const count = dataset.length * (unit.length / channels);
  return sums.map((sum) => sum / count);
}
