import { dimensionOf, gridNoise, STREAM } from "smoothcert";
import { type BaseClassifier, Sampler } from "smoothcert/certify";

/** Samples a second of CERTIFY's counting for one grey image under noise on the grid, after a warm-up. */
export async function samplingSpeed(classifier: BaseClassifier, sigma: number, samples: number): Promise<number> {
  const sampler = new Sampler(classifier, gridNoise(sigma));
  const grey = new Uint8Array(dimensionOf(classifier.inputShape)).fill(128);
  const address = { seed: 0, stream: STREAM.theory, example: 0, sample: 0 };
  await sampler.countLabels(grey, Math.min(2 * sampler.appetite, samples), address);
  const start = performance.now();
  await sampler.countLabels(grey, samples, address);
  return (samples * 1000) / (performance.now() - start);
}
