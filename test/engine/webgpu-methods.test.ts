import { describeEngines, type EngineChoice, useEngine } from "smoothcert";
import { completeMethod, createObjective, maxup, type Objective, train } from "smoothcert/train";
import { describe, expect, test } from "vitest";
import { useSoftwareGpu } from "../software-gpu.js";
import { convolutional, toyData, toyNoise, toySettings } from "../train/support.js";

useSoftwareGpu();
const { available, why } = (await describeEngines()).find(({ name }) => name === "webgpu")!;

/** All weights, end to end, after three steps on an engine. */
async function trainedOn(engine: EngineChoice, objective: Objective): Promise<number[]> {
  await useEngine(engine);
  const model = convolutional();
  const settings = toySettings({ epochs: 1 });
  await train({ model, dataset: toyData(), objective, augmentation: toyNoise, settings });
  const weights = await Promise.all(model.weights.map((weight) => weight.read().data()));
  model.dispose();
  return weights.flatMap((values) => [...values]);
}

/** Those that between them use every kernel that a method needs; the others only take time. */
const METHODS = ["macer", "smoothadv", "cat-rs", "ohem"];
const objectives = METHODS.map((name) => [name, createObjective(completeMethod({ name }))] as const);

describe.skipIf(!available)(`engine webgpu${available ? "" : ` is not here: ${why}`}`, () => {
  test.each([...objectives, ["maxup with screening", maxup(5, 2)] as const])(
    "%s ends at the weights of cpu",
    async (_, objective) => {
      const expected = await trainedOn("cpu", objective);
      const actual = await trainedOn("webgpu", objective);
      const scale = Math.max(...expected.map(Math.abs));
      actual.forEach((value, i) => void expect(Math.abs(value - expected[i])).toBeLessThan(1e-4 * scale));
    },
  );
});
