import { type NoiseSource, type Pixels, STREAM } from "../../src/core.js";
import type { BaseClassifier } from "./base-classifier.js";
import { Sampler } from "./sampler.js";

/** How long a speed is measured, and on which image. */
export interface Trial {
  /** About how many seconds. @defaultValue 0.5 */
  readonly seconds?: number;
  /** The most samples; integer >= 1. @defaultValue as many as the seconds take */
  readonly samples?: number;
  /** The index of the image in the data set, for messages. @defaultValue 0 */
  readonly example?: number;
}

/**
 * Samples a second, noise and counting included, measured on one input after first batches that warm up.
 * The labels are thrown away, and the noise is of a stream that no certificate uses.
 *
 * @param x one image
 */
export async function samplesPerSecond(
  base: BaseClassifier,
  noise: NoiseSource,
  x: Pixels,
  { seconds = 0.5, samples: most = ENDLESS, example = 0 }: Trial = {},
): Promise<number> {
  const sampler = new Sampler(base, noise);
  const address = { seed: 0, stream: STREAM.theory, example, sample: 0 };
  await sampler.countLabels(x, sampler.appetite, address);
  const start = performance.now();
  let samples = 0;
  const stop = new AbortController();
  const onSamples = (more: number): void => {
    samples += more;
    if (performance.now() - start >= seconds * 1000) stop.abort();
  };
  await sampler.countLabels(x, most, address, { signal: stop.signal, onSamples }).catch((reason) => {
    if (reason !== stop.signal.reason) throw reason;
  });
  return (samples * 1000) / (performance.now() - start);
}

/** More samples than any trial draws. */
const ENDLESS = 2 ** 31;
const SECONDS_OF_A_TRIAL = 0.15;

/** The fastest of some ways to compute a classifier, the first of equals; the others are closed. */
export async function fastest(
  ways: readonly (() => BaseClassifier)[],
  noise: NoiseSource,
  x: Pixels,
  example = 0,
): Promise<BaseClassifier> {
  let best: BaseClassifier | undefined;
  let bestRate = 0;
  for (const way of ways) {
    const classifier = way();
    const rate = await samplesPerSecond(classifier, noise, x, { seconds: SECONDS_OF_A_TRIAL, example });
    const better = rate > bestRate;
    await (better ? best : classifier)?.close?.();
    if (better) [best, bestRate] = [classifier, rate];
  }
  return best as BaseClassifier;
}
