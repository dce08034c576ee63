import { dimensionOf, type NoiseAddress, type NoiseSource, type Pixels, writeUnit } from "../../src/core.js";
import type { BaseClassifier } from "../sampling/base-classifier.js";
import type { SmoothedGradient } from "./gradient.js";

/** How often the noise is doubled where all votes agree, and the largest sigma that it may be doubled to. */
const DOUBLINGS = 4;
const LARGEST_SIGMA = 16;

/**
 * The gradient from votes alone of how far the most voted other class is ahead of `label`, by Stein's lemma: the
 * gradient of P[f(x + noise) = c] is E[noise 1(f(x + noise) = c)] / sigma^2, for Gaussian noise. Centred, and up to a
 * positive factor. Where all votes are for `label` there is nothing to see, and twice the noise is tried.
 *
 * @param noiseAt noise of a given sigma, of the law that the classifier is smoothed with
 * @param copies votes an estimate, integer >= 1; its error shrinks with their root and grows with the root of the
 *   dimension
 */
export function voteGradient(
  base: BaseClassifier,
  noiseAt: (sigma: number) => NoiseSource,
  sigma: number,
  copies: number,
): SmoothedGradient {
  const levels = Array.from({ length: DOUBLINGS + 1 }, (_, k) => sigma * 2 ** k).filter(
    (s) => s <= Math.max(LARGEST_SIGMA, sigma),
  );
  const sources = new Map<number, NoiseSource>();
  const sourceAt = (level: number): NoiseSource => {
    const source = sources.get(level) ?? noiseAt(level);
    sources.set(level, source);
    return source;
  };
  return {
    name: "votes",
    copies,
    async ascent(x, label, address) {
      for (const level of levels) {
        const direction = await covariance(base, sourceAt(level), x, label, address, copies);
        if (direction !== undefined) return direction;
      }
      return new Float64Array(x.length);
    },
  };
}

/**
 * The covariance, times the copies, of the noise with the lead of the most voted other class; undefined where all are
 * for `label`.
 */
async function covariance(
  base: BaseClassifier,
  noise: NoiseSource,
  x: Pixels,
  label: number,
  address: NoiseAddress,
  copies: number,
): Promise<Float64Array | undefined> {
  const { sums, votes } = await sumByClass(base, noise, x, address, copies);
  let rival = -1;
  votes.forEach((count, c) => {
    if (c !== label && count > (votes[rival] ?? 0)) rival = c;
  });
  if (rival === -1) return undefined;
  const clean = new Float32Array(x.length);
  writeUnit(x, clean);
  const lead = (votes[rival] - votes[label]) / copies;
  return Float64Array.from(clean, (pixel, j) => {
    const all = sums.reduce((sum, ofClass) => sum + ofClass[j], 0) - copies * pixel;
    const ahead = sums[rival][j] - sums[label][j] - (votes[rival] - votes[label]) * pixel;
    return ahead - lead * all;
  });
}

/** Adds up the noisy copies of each label. */
async function sumByClass(
  base: BaseClassifier,
  noise: NoiseSource,
  x: Pixels,
  address: NoiseAddress,
  copies: number,
): Promise<{ sums: Float64Array[]; votes: Uint32Array }> {
  const dimension = dimensionOf(base.inputShape);
  const batchSize = Math.min(base.batchSize, copies);
  const batch = new Float32Array(batchSize * dimension);
  const labels = new Int32Array(batchSize);
  const votes = new Uint32Array(base.classes);
  const sums = Array.from(votes, () => new Float64Array(dimension));
  for (let done = 0; done < copies; done += batchSize) {
    const count = Math.min(batchSize, copies - done);
    noise.perturb(batch, 0, x, { ...address, sample: address.sample + done }, count);
    await base.classify(batch, count, labels);
    for (let i = 0; i < count; i++) {
      votes[labels[i]] += 1;
      const sum = sums[labels[i]];
      for (let j = 0; j < dimension; j++) sum[j] += batch[i * dimension + j];
    }
  }
  return { sums, votes };
}
