import * as tf from "@tensorflow/tfjs-core";
import { describeEngines, useEngine } from "smoothcert";
import { maxup, type Objective, type TrainState, train } from "smoothcert/train";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { useSoftwareGpu } from "../software-gpu.js";
import { perceptron, toyData, toyNoise, toySettings } from "../train/support.js";

useSoftwareGpu();
const { available, why } = (await describeEngines()).find(({ name }) => name === "webgpu")!;

interface WebgpuBackend extends tf.KernelBackend {
  readonly device: { destroy(): void };
  getBufferData(buffer: unknown): Promise<ArrayBuffer>;
}

const toy = { dataset: toyData(), augmentation: toyNoise, settings: toySettings({ epochs: 2 }) };

describe.skipIf(!available)(`engine webgpu${available ? "" : ` is not here: ${why}`}`, () => {
  // One GPU for all, as far as it goes: a driver in software compiles each operation for a tenth of a second.
  beforeAll(async () => {
    await useEngine("webgpu");
  });

  afterAll(() => {
    tf.removeBackend("webgpu");
  });

  test("MaxUp's steps read back their losses and nothing else", async () => {
    // All that comes back from the GPU comes this way: `readSync` refuses what is not at hand, as the last test shows.
    const readBack = vi.spyOn(tf.backend() as WebgpuBackend, "getBufferData");
    const model = perceptron();
    let scalars = 0;
    const { prepare, ...rest } = maxup(3);
    const objective: Objective = {
      ...rest,
      prepare(...step) {
        const lossOf = prepare(...step);
        return () => {
          const value = lossOf();
          scalars += 1 + Object.keys(value.log).length;
          return value;
        };
      },
    };
    await train({ ...toy, model, objective, settings: toySettings({ epochs: 1 }) });
    const saved = model.weights.length + model.trainableWeights.length;
    expect(readBack).toHaveBeenCalledTimes(scalars + saved);
    model.dispose();
  });

  test("what reads at once is refused by name", () => {
    const product = tf.matMul(tf.ones([40, 40]), tf.ones([40, 40]));
    expect(() => product.dataSync()).toThrow("engine webgpu: what is asked for reads results at once");
  });

  test("a lost GPU ends a run with its last checkpoint and a line that says so", async () => {
    const saved: TrainState[] = [];
    const checkpoint = { where: "memory", save: async (state: TrainState) => void saved.push(state) };
    const onEpoch = async (): Promise<void> => (tf.backend() as WebgpuBackend).device.destroy();
    const model = perceptron();
    await expect(train({ ...toy, model, objective: maxup(2), checkpoint, hooks: { onEpoch } })).rejects.toThrow(
      expect.objectContaining({
        name: "EngineError",
        message: expect.stringMatching(/^engine webgpu: the GPU was lost \(.+\)\. What was saved before stays/),
      }),
    );
    expect(saved).toHaveLength(1);
    expect(saved[0].epoch).toBe(1);
  });

  test("nothing is read after the GPU ran out of memory", async () => {
    tf.removeBackend("webgpu");
    await useEngine("webgpu");
    const sum = tf.sum(tf.fill([2 ** 29], 1));
    await expect(sum.data()).rejects.toThrow(
      /engine webgpu: the GPU has not enough memory \(.+\): use smaller batches/,
    );
    await expect(tf.add(tf.ones([2000]), 1).data()).rejects.toThrow("not enough memory");
  });
});
