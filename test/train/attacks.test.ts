import * as tf from "@tensorflow/tfjs-core";
import { useEngine } from "smoothcert";
import { type CopyBatch, createObjective, exampleBatch, type MethodSettings } from "smoothcert/train";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { imagesLearned, perceptron, START, toyData, toyNoise } from "./support.js";

beforeAll(async () => {
  await useEngine("wasm");
  tf.engine().startScope();
});
afterAll(() => tf.engine().endScope());

const EXAMPLES = [3, 1, 4, 5];
const PIXELS = 60;

function batchOf(copies: number) {
  return exampleBatch({
    dataset: toyData(),
    augmentation: toyNoise,
    examples: EXAMPLES,
    copies,
    seed: 1,
    firstSample: 0,
  });
}

/** How far each copy that is learned from lies from where it was drawn: one row a copy. */
function shiftsOf(settings: MethodSettings): Float32Array[] {
  const objective = createObjective(settings);
  const model = perceptron();
  const batch = batchOf(objective.copies);
  const learned = imagesLearned(model, () => objective.prepare(model, batch, START)());
  return rowsOf(tf.sub(learned, batch.draw().images));
}

function rowsOf(images: tf.Tensor): Float32Array[] {
  const values = images.dataSync<"float32">();
  return Array.from({ length: values.length / PIXELS }, (_, row) => values.slice(row * PIXELS, (row + 1) * PIXELS));
}

function meanLoss(batch: CopyBatch): number {
  const logits = perceptron().apply(batch.images) as tf.Tensor;
  return tf.losses.softmaxCrossEntropy(batch.targets, logits).dataSync()[0];
}

const ATTACKS: readonly [string, MethodSettings, (shift: Float32Array) => number][] = [
  [
    "smoothadv by PGD",
    { name: "smoothadv", copies: 3, epsilon: 0.4, steps: 3, attackRamp: 1 },
    (s) => Math.hypot(...s),
  ],
  ["smoothadv by DDN", { name: "smoothadv", attack: "ddn", epsilon: 0.4, attackRamp: 1 }, (s) => Math.hypot(...s)],
  ["pgd in L2", { name: "pgd", norm: "l2", epsilon: 0.4, steps: 5, stepSize: 0.2 }, (s) => Math.hypot(...s)],
  ["pgd in L-infinity", { name: "pgd", epsilon: 0.4, stepSize: 0.2, steps: 5 }, (s) => Math.max(...s.map(Math.abs))],
];

describe.each(ATTACKS)("the attack of %s", (_, settings, norm) => {
  const copies = createObjective(settings).copies;

  it("shifts all copies of an image alike: their noise stays", () => {
    const shifts = shiftsOf(settings);
    shifts.forEach((shift, row) => {
      const first = shifts[row - (row % copies)];
      shift.forEach((value, i) => {
        expect(value).toBeCloseTo(first[i], 5);
      });
    });
  });

  it("stays within epsilon and keeps the image's pixels in [0, 1]", () => {
    const clean = rowsOf(batchOf(1).clean().images);
    shiftsOf(settings).forEach((shift, row) => {
      // DDN rounds pixels to 256 levels after it cut the shift to epsilon.
      expect(norm(shift)).toBeLessThan(0.4 + (settings.attack === "ddn" ? Math.sqrt(PIXELS) / 510 : 1e-5));
      const image = clean[Math.floor(row / copies)];
      shift.forEach((value, i) => {
        expect(Math.abs(image[i] + value - 0.5)).toBeLessThan(0.5 + 1e-5);
      });
    });
  });

  it("makes the loss larger", () => {
    const objective = createObjective(settings);
    const batch = batchOf(copies);
    const { loss } = objective.prepare(perceptron(), batch, START)();
    expect(loss.dataSync()[0]).toBeGreaterThan(meanLoss(batch.draw()));
  });
});

describe("an attack's strength", () => {
  it("rises from epoch to epoch", () => {
    const at = (time: number): number => {
      const objective = createObjective({ name: "smoothadv", copies: 1, epsilon: 0.8, steps: 1, attackRamp: 4 });
      const model = perceptron();
      const batch = batchOf(1);
      const learned = imagesLearned(model, () => objective.prepare(model, batch, { ...START, time })());
      return Math.max(...rowsOf(tf.sub(learned, batch.draw().images)).map((shift) => Math.hypot(...shift)));
    };
    expect(at(0)).toBeCloseTo(0.2, 5);
    expect(at(1.9)).toBeCloseTo(0.4, 5);
    expect(at(4)).toBeCloseTo(0.8, 5);
    expect(at(40)).toBeCloseTo(0.8, 5);
  });
});
