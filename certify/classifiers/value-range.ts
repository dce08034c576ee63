import type { TensorRange } from "../../src/index.js";

/** How the range of a value is taken from what was seen of it. */
export const CALIBRATIONS = ["minmax", "percentile"] as const;
export type CalibrationMethod = (typeof CALIBRATIONS)[number];

/** The part of all values that `percentile` cuts off at each end. */
export const CUT = 1e-5;

/** Range of what was seen; of nothing, from infinity to minus infinity. */
export class Extremes {
  #min = Infinity;
  #max = -Infinity;

  add(values: Float32Array): void {
    let [min, max] = [this.#min, this.#max];
    for (const value of values) {
      if (value < min) min = value;
      if (value > max) max = value;
    }
    [this.#min, this.#max] = [min, max];
  }

  get range(): TensorRange {
    return { min: this.#min, max: this.#max };
  }
}

const BINS = 8192;

/** How often values fall into each of 8192 equal parts of a range that holds them all. */
export class Histogram {
  readonly #counts = new Float64Array(BINS);
  readonly #perUnit: number;
  #total = 0;

  constructor(readonly range: TensorRange) {
    this.#perUnit = range.max > range.min ? BINS / (range.max - range.min) : 0;
  }

  add(values: Float32Array): void {
    const { min } = this.range;
    for (const value of values) this.#counts[Math.min(BINS - 1, Math.floor((value - min) * this.#perUnit))] += 1;
    this.#total += values.length;
  }

  /** The range less the outermost parts whose values are at most `cut` of all, at each end. */
  trimmed(cut: number): TensorRange {
    const { min, max } = this.range;
    const width = (max - min) / BINS;
    const low = firstBeyond(this.#counts, cut * this.#total);
    const high = firstBeyond(this.#counts.toReversed(), cut * this.#total);
    return { min: min + low * width, max: max - high * width };
  }
}

/** The first index up to which, itself included, the counts add up to more than `limit`. */
function firstBeyond(counts: Float64Array, limit: number): number {
  let sum = 0;
  return Math.max(
    0,
    counts.findIndex((count) => {
      sum += count;
      return sum > limit;
    }),
  );
}
