import { type NoiseSource, type Pixels, STREAM } from "../src/index.js";
import type { BaseClassifier } from "./base-classifier.js";
import { Sampler } from "./sampler.js";

/**
 * Samples a second, noise and counting included, measured on one input for about `seconds` after a first batch that warms up.
 * The labels are thrown away, and the noise is of a stream that no certificate uses.
 */
export async function samplesPerSecond(
  base: BaseClassifier,
  noise: NoiseSource,
  x: Pixels,
  seconds = 0.5,
): Promise<number> {
  const sampler = new Sampler(base, noise);
  const address = { seed: 0, stream: STREAM.theory, example: 0, sample: 0 };
  await sampler.countLabels(x, base.batchSize, address);
  const start = performance.now();
  let samples = 0;
  while (performance.now() - start < seconds * 1000) {
    await sampler.countLabels(x, base.batchSize, address);
    samples += base.batchSize;
  }
  return (samples * 1000) / (performance.now() - start);
}
