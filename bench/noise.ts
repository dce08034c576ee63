import { gaussianNoise, gridNoise, type NoiseSource, STREAM } from "smoothcert";
import { summary } from "./summary.js";
import { startTorch } from "./torch-process.js";

/**
 * Noisy copies of one 28x28 image, one thread: noise on the grid of bytes and floating-point noise by the kernels and
 * by their references, beside `torch.randn`, which adds to nothing; in alternating rounds of one run. After `npm run
 * build` and with PyTorch as bench/training.sh installs it: node dist/bench/noise.js [python]
 */

const DIMENSION = 784;
const COPIES = 100;
const BATCHES = 200;
const ROUNDS = 9;
const pixels: Uint8Array = Uint8Array.from({ length: DIMENSION }, (_, i) => (i * 37) % 256);

/** Millions of noisy coordinates a second. */
function measure(noise: NoiseSource): number {
  const out = noise.room!(COPIES * DIMENSION);
  const start = performance.now();
  for (let batch = 0; batch < BATCHES; batch++) {
    noise.perturb(out, 0, pixels, { seed: 0, stream: STREAM.theory, example: 0, sample: batch * COPIES }, COPIES);
  }
  return (BATCHES * COPIES * DIMENSION) / (performance.now() - start) / 1000;
}

const torch = await startTorch<"", number>("randn.py", process.argv[2] ?? "bench/.venv/bin/python");
console.log("sigma | grid | grid, TypeScript | float | float, TypeScript | torch.randn | grid / randn | float / randn");
for (const sigma of [0.25, 0.5, 1]) {
  const sources = [gridNoise, gaussianNoise].flatMap((make) => [make(sigma, "wasm"), make(sigma, "typescript")]);
  for (const source of sources) measure(source);
  const rounds: number[][] = [];
  for (let round = 0; round < ROUNDS; round++) rounds.push([...sources.map(measure), await torch.ask("")]);
  const speeds = [0, 1, 2, 3, 4].map((i) =>
    summary(
      rounds.map((round) => round[i]),
      0,
    ),
  );
  const ratios = [0, 2].map((i) =>
    summary(
      rounds.map((round) => round[i] / round[4]),
      2,
    ),
  );
  console.log([sigma, ...speeds, ...ratios].join(" | "));
}
torch.stop();
