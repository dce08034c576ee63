import { createHash } from "node:crypto";
import { gaussianNoise, useEngine } from "smoothcert";
import { gaussianCopies, maxup, noisyCopies, type Objective, type TrainOptions, train } from "smoothcert/train";
import { beforeAll, describe, expect, it } from "vitest";
import { convolutional, toyData, toySettings, weightsOf } from "./support.js";

/** Trainings without transforms give what they gave when these hashes were recorded, before there were transforms. */

beforeAll(async () => {
  await useEngine("wasm");
});

/** SHA-256 of the final weights, and of what the history says but for times. */
async function hashOf(given: Pick<TrainOptions, "objective" | "augmentation">): Promise<string> {
  const model = convolutional();
  const { history } = await train({ ...given, model, dataset: toyData(), settings: toySettings({ warmup: 1 }) });
  const sha = createHash("sha256");
  for (const values of weightsOf(model)) sha.update(new Uint8Array(values.buffer));
  for (const { epoch, loss, log, lr, objective } of history)
    sha.update(JSON.stringify([epoch, loss, log, lr, objective]));
  model.dispose();
  return sha.digest("hex").slice(0, 16);
}

describe("a training without transforms", () => {
  it.each<[string, Objective, TrainOptions["augmentation"], string]>([
    ["maxup", maxup(3), gaussianCopies(0.3), "d80b64ff66a67dea"],
    ["maxup that draws the steepest copies", maxup(6, 2), gaussianCopies(0.3), "e564a8fb8ea418cc"],
    ["maxup that ranks its copies", maxup(6, 2), noisyCopies(gaussianNoise(0.3)), "dea9b2588a96f62c"],
  ])("by %s has the weights and the history that were recorded", async (_, objective, augmentation, recorded) => {
    expect(await hashOf({ objective, augmentation })).toBe(recorded);
  });
});
