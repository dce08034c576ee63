import * as tf from "@tensorflow/tfjs-core";
import { describeEngines, FoldedInference, useEngine } from "smoothcert";
import { beforeAll, describe, expect, it } from "vitest";
import { conv, input, model, NETWORKS, norm, perturb, random } from "./norm-networks.js";

const engines = (await describeEngines()).filter(({ available, name }) => available && name !== "gpu");
describe.each(engines.map(({ name }) => name))("folded inference on %s", (engine) => {
  beforeAll(async () => void (await useEngine(engine)));

  it.each(Object.keys(NETWORKS))("gives the outputs of %s", async (name) => {
    const { network, norms } = NETWORKS[name]();
    perturb(network);
    const shape = [3, ...(network.inputs[0].shape.slice(1) as number[])];
    const images = tf.tensor(
      Float32Array.from({ length: tf.util.sizeFromShape(shape) }, () => random.uniform() - 0.5),
      shape,
    );
    const before = tf.memory().numTensors;
    const { kernels, result } = await tf
      .engine()
      .profile(() => tf.tidy(() => new FoldedInference(network).outputs(images)));
    expect(tf.memory().numTensors).toBe(before + 1);
    expect(kernels.filter(({ name }) => name === tf.FusedBatchNorm)).toHaveLength(norms);
    const [folded, plain] = [result as tf.Tensor, network.predict(images) as tf.Tensor].map((tensor) =>
      tensor.dataSync(),
    );
    const largest = Math.max(...plain.map(Math.abs));
    expect(largest).toBeGreaterThan(0);
    expect(folded).toHaveLength(plain.length);
    // Both round some hundred sums: a few units in the last place of the largest.
    folded.forEach((value, i) => void expect(Math.abs(value - plain[i])).toBeLessThan(2e-5 * largest));
    tf.dispose([images, result as tf.Tensor]);
    network.dispose();
  });

  it.runIf(engine === "node")("puts zeros around images within the convolution", async () => {
    const { network } = NETWORKS["ResNet-20"]();
    const images = tf.ones([2, 8, 8, 3]);
    const { kernels } = await tf.engine().profile(() => tf.tidy(() => new FoldedInference(network).outputs(images)));
    expect(kernels.map(({ name }) => name)).not.toContain(tf.PadV2);
    network.dispose();
  });

  it("counts with the weights that there were when it was made", () => {
    const x = input();
    const network = model(x, norm(conv(x)));
    const images = tf.ones([1, 8, 8, 3]);
    tf.tidy(() => {
      const folded = new FoldedInference(network);
      const [before] = [folded.outputs(images).dataSync()];
      perturb(network);
      expect(folded.outputs(images).dataSync()).toEqual(before);
      expect(new FoldedInference(network).outputs(images).dataSync()).not.toEqual(before);
    });
    images.dispose();
    network.dispose();
  });

  it("keeps nothing once it is disposed of", () => {
    const x = input();
    const network = model(x, norm(conv(x)));
    const images = tf.ones([1, 8, 8, 3]);
    const before = tf.memory().numTensors;
    const folded = new FoldedInference(network);
    folded.outputs(images).dispose();
    expect(tf.memory().numTensors).toBeGreaterThan(before);
    folded.dispose();
    expect(tf.memory().numTensors).toBe(before);
    images.dispose();
    network.dispose();
  });
});
