import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildModel, exportOnnx, gridNoise, useEngine } from "smoothcert";
import { onnxClassifier, SmoothedClassifier } from "smoothcert/certify";

/**
 * Resident memory while images are certified with more and more samples, up to 100,000 for 32 images side by side,
 * above that for one. After `npm run build`: node dist/bench/memory.js
 */

const IMAGES = 32;
const folder = mkdtempSync(join(tmpdir(), "smoothcert-memory-"));
const path = join(folder, "linear.onnx");
await useEngine("cpu");
const model = buildModel("linear", { inputShape: [28, 28, 1], classes: 10, seed: 0 });
writeFileSync(path, exportOnnx(model));
model.dispose();
const classifier = await onnxClassifier(path, { imageShape: [28, 28, 1] });
const smoothed = new SmoothedClassifier(classifier, gridNoise(0.5), 0);

console.log("n | MiB resident: at the start, most, at the end | samples/s");
const mebibytes = (): number => Math.round(process.memoryUsage.rss() / 2 ** 20);
for (const n of [1e4, 1e5, 1e6, 1e7, 1e7, 1e7]) {
  const images = n < 1e6 ? IMAGES : 1;
  const before = mebibytes();
  let most = before;
  const watch = setInterval(() => {
    most = Math.max(most, mebibytes());
  }, 100);
  const start = performance.now();
  const certify = (_: unknown, example: number) =>
    smoothed.certify(new Uint8Array(784).fill(example), example, { n0: 100, n, alpha: 0.001 });
  await Promise.all(Array.from({ length: images }, certify));
  const rate = (images * (n + 100) * 1000) / (performance.now() - start);
  clearInterval(watch);
  console.log([n, [before, most, mebibytes()].join(", "), Math.round(rate)].join(" | "));
}
await classifier.close?.();
rmSync(folder, { recursive: true });
