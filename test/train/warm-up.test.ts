import * as tf from "@tensorflow/tfjs-core";
import { useEngine } from "smoothcert";
import { exampleBatch, gaussian, maxup, type Objective, withWarmUp } from "smoothcert/train";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { imagesLearned, perceptron, START, toyData, toyNoise } from "./support.js";

beforeAll(async () => {
  await useEngine("wasm");
  tf.engine().startScope();
});
afterAll(() => tf.engine().endScope());

/** The images that an objective learns from at a time. */
function learnedAt(objective: Objective, time: number): ArrayLike<number> {
  const model = perceptron();
  const batch = exampleBatch({
    dataset: toyData(),
    augmentation: toyNoise,
    examples: [3, 1, 8],
    copies: objective.copies,
    seed: 1,
    firstSample: 6,
  });
  const images = imagesLearned(model, () => objective.prepare(model, batch, { ...START, time })());
  model.dispose();
  return images.dataSync();
}

describe("an objective with a warm-up", () => {
  const warmed = withWarmUp(maxup(3), 2);

  it("is plain training on the first copy until so many epochs are over, and itself from then on", () => {
    const first = learnedAt(gaussian(), 0);
    for (const time of [0, 0.5, 1, 1.99]) expect(learnedAt(warmed, time)).toEqual(first);
    for (const time of [2, 2.01, 5]) expect(learnedAt(warmed, time)).toEqual(learnedAt(maxup(3), time));
    expect(learnedAt(warmed, 2)).not.toEqual(first);
  });

  it("says what it is at a time, keeps name and copies of the objective, and may be warmed up again", () => {
    expect([warmed.name, warmed.copies]).toEqual(["maxup", 3]);
    expect([0, 1.99, 2].map((time) => warmed.nameAt?.(time))).toEqual(["gaussian", "gaussian", "maxup"]);
    const longer = withWarmUp(warmed, 1);
    expect([0, 1, 2].map((time) => longer.nameAt?.(time))).toEqual(["gaussian", "gaussian", "maxup"]);
  });

  it("is the objective itself from the start where there are no such epochs", () => {
    expect(withWarmUp(maxup(3), 0).nameAt?.(0)).toBe("maxup");
    expect(learnedAt(withWarmUp(maxup(3), 0), 0)).toEqual(learnedAt(maxup(3), 0));
  });
});
