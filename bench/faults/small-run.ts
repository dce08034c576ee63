import { setTimeout as sleep } from "node:timers/promises";
import { createDataset, gridNoise } from "smoothcert";
import { type BaseClassifier, type CertificationRun, functionClassifier } from "smoothcert/certify";

const IMAGES = 60;
/** Two blocks an image. */
const N = 2000;
/** Milliseconds that a batch takes, of which a block is four: time enough for faults. */
const BATCH_MILLISECONDS = 15;

/** A certification of small images, which takes its time where it is to be disturbed. */
export function smallRun(seed: number, slow: boolean): CertificationRun {
  const dataset = createDataset({
    name: "stripes",
    split: "test",
    shape: [1, 3, 2],
    classes: ["a", "b", "c"],
    pixels: Uint8Array.from({ length: IMAGES * 6 }, (_, i) => (i * 97) % 256),
    labels: Array.from({ length: IMAGES }, (_, i) => i % 3),
    source: "this file",
  });
  const fast = functionClassifier(
    (x) => [x[0] + x[1], x[2] + x[3], x[4] + x[5]].reduce((best, v, c, all) => (v > all[best] ? c : best), 0),
    { name: "brightest", inputShape: [1, 3, 2], classes: 3, batchSize: 250 },
  );
  const classifier: BaseClassifier = {
    ...fast,
    async classify(batch, count, labels) {
      await sleep(BATCH_MILLISECONDS);
      await fast.classify(batch, count, labels);
    },
  };
  const settings = { n0: 16, n: N, alpha: 0.05, seed, skip: 1, max: IMAGES };
  return { ...settings, classifier: slow ? classifier : fast, dataset, smoothing: gridNoise(0.25) };
}
