import { createDataset, gridNoise } from "smoothcert";
import { type CertificationRun, functionClassifier } from "smoothcert/certify";

/**
 * 24 images of three pairs of pixels, labelled by turns; the classifier names the brightest pair. A run takes 20 ms.
 */
export function smallRun(settings: Partial<CertificationRun> = {}): CertificationRun {
  const length = 24;
  const dataset = createDataset({
    name: "stripes",
    split: "test",
    shape: [1, 3, 2],
    classes: ["a", "b", "c"],
    pixels: Uint8Array.from({ length: length * 6 }, (_, i) => (i * 97) % 256),
    labels: Array.from({ length }, (_, i) => i % 3),
    source: "this file",
  });
  const classifier = functionClassifier(
    (x) => [x[0] + x[1], x[2] + x[3], x[4] + x[5]].reduce((best, v, c, all) => (v > all[best] ? c : best), 0),
    { name: "brightest", inputShape: [1, 3, 2], classes: 3, batchSize: 40 },
  );
  const defaults = { n0: 16, n: 64, alpha: 0.05, seed: 3, skip: 2, max: length };
  return { ...defaults, classifier, dataset, smoothing: gridNoise(0.25), ...settings };
}
