import * as tf from "@tensorflow/tfjs-core";
import { useEngine } from "smoothcert";
import {
  drawCopies,
  type ExampleBatch,
  exampleBatch,
  gaussian,
  maxup,
  type Objective,
  transformedCopies,
  withSharedTransform,
  withWarmUp,
} from "smoothcert/train";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { imagesLearned, perceptron, START, toyData, toyNoise } from "./support.js";

beforeAll(async () => {
  await useEngine("wasm");
  tf.engine().startScope();
});
afterAll(() => tf.engine().endScope());

/** A batch whose copies share a transform where the objective's do. */
function batchFor({ copies, oneImage }: Objective): ExampleBatch {
  const dataset = toyData();
  const augmentation = oneImage ? transformedCopies("crop:1,flip", 0.3, dataset) : toyNoise;
  const draw = { dataset, augmentation, examples: [3, 1, 8], copies, seed: 1, firstSample: 6 };
  return exampleBatch(oneImage ? withSharedTransform(draw, 2) : draw);
}

/** The images that an objective learns from at a time. */
function learnedAt(objective: Objective, time: number): ArrayLike<number> {
  const model = perceptron();
  const batch = batchFor(objective);
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

  it("draws transforms as the objective does: its first copy is one of the image that all its copies share", () => {
    const shared = withWarmUp(maxup(3, 2), 2);
    expect([shared.oneImage, warmed.oneImage]).toEqual([true, undefined]);
    const { source } = batchFor(shared);
    expect(learnedAt(shared, 0)).toEqual(drawCopies({ ...source, copies: 1 }).images.dataSync());
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
