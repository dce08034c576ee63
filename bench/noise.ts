import { gaussianNoise, gridNoise, type NoiseSource, STREAM } from "smoothcert";

/**
 * Noisy copies a second of one 28x28 image, one thread: noise on the grid of bytes beside float noise, in alternating rounds of one run.
 * After `npm run build`: node dist/bench/noise.js
 */

const DIMENSION = 784;
const COPIES = 100;
const BATCHES = 200;
const ROUNDS = 9;
const pixels: Uint8Array = Uint8Array.from({ length: DIMENSION }, (_, i) => (i * 37) % 256);
const out: Float32Array = new Float32Array(COPIES * DIMENSION);

/** Millions of noisy coordinates a second. */
function measure(noise: NoiseSource): number {
  const start = performance.now();
  for (let batch = 0; batch < BATCHES; batch++) {
    noise.perturb(out, 0, pixels, { seed: 0, stream: STREAM.theory, example: 0, sample: batch * COPIES }, COPIES);
  }
  return (BATCHES * COPIES * DIMENSION) / (performance.now() - start) / 1000;
}

function summary(values: readonly number[]): string {
  const sorted = [...values].sort((a, b) => a - b);
  return [sorted[Math.floor(sorted.length / 2)], sorted[0], sorted[sorted.length - 1]]
    .map((v) => v.toFixed(2))
    .join("  ");
}

console.log("sigma  what        median  min  max");
for (const sigma of [0.25, 0.5, 1]) {
  const [grid, float] = [gridNoise(sigma), gaussianNoise(sigma)];
  measure(grid);
  measure(float);
  const rounds = Array.from({ length: ROUNDS }, () => ({ grid: measure(grid), float: measure(float) }));
  console.log(`${sigma}  grid M/s    ${summary(rounds.map((round) => round.grid))}`);
  console.log(`${sigma}  float M/s   ${summary(rounds.map((round) => round.float))}`);
  console.log(`${sigma}  grid/float  ${summary(rounds.map((round) => round.grid / round.float))}`);
}
