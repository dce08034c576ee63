import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildModel, exportOnnx, gridNoise, useEngine } from "smoothcert";
import { onnxClassifier, SmoothedClassifier } from "smoothcert/certify";

/** Resident memory while one image is certified with more and more samples, 32 side by side. After `npm run build`: node dist/bench/memory.js [largest n] */

const IMAGES = 32;
const largest = Number(process.argv[2] ?? 1e7);
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
for (let n = 1e4; n <= largest; n *= 10) {
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
