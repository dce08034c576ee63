import * as tf from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";
import { buildModel, CounterRandom, describeEngines, FoldedInference, STREAM, useEngine } from "smoothcert";
import { beforeAll, describe, expect, it } from "vitest";
import { runSeed } from "../laws/seed.js";

const engines = (await describeEngines()).filter(({ available, name }) => available && name !== "gpu");
const random = new CounterRandom({ seed: runSeed, stream: STREAM.theory, example: 1, sample: 0 });
const { layers } = tfl;
type Symbolic = tfl.SymbolicTensor;

const input = (): Symbolic => tfl.input({ shape: [8, 8, 3] });
const conv = (x: Symbolic, config = {}): Symbolic =>
  layers.conv2d({ filters: 4, kernelSize: 3, padding: "same", ...config }).apply(x) as Symbolic;
const norm = (x: Symbolic, config = {}): Symbolic => layers.batchNormalization(config).apply(x) as Symbolic;
const relu = (x: Symbolic): Symbolic => layers.activation({ activation: "relu" }).apply(x) as Symbolic;
const add = (...terms: Symbolic[]): Symbolic => layers.add().apply(terms) as Symbolic;
const model = (inputs: Symbolic, outputs: Symbolic): tfl.LayersModel => tfl.model({ inputs, outputs });

/** A network and how many batch norms are left in it. */
const NETWORKS: Record<string, () => { network: tfl.LayersModel; norms: number }> = {
  "ResNet-20": () => ({ network: buildModel("resnet20", { inputShape: [8, 8, 3], classes: 4, seed: 1 }), norms: 0 }),
  "LeNet, which has none": () => ({
    network: buildModel("lenet", { inputShape: [28, 28, 1], classes: 4, seed: 1 }),
    norms: 0,
  }),
  "one without scale, offset and bias": () => {
    const x = input();
    return { network: model(x, norm(conv(x, { useBias: false }), { scale: false, center: false })), norms: 0 };
  },
  "strides and no padding, in a sequence": () => {
    const network = tfl.sequential();
    network.add(layers.conv2d({ inputShape: [8, 8, 3], filters: 4, kernelSize: [3, 2], strides: [2, 1] }));
    network.add(layers.batchNormalization());
    network.add(layers.reLU());
    return { network, norms: 0 };
  },
  "a norm before the convolution": () => {
    const x = input();
    return { network: model(x, conv(norm(x))), norms: 1 };
  },
  "a norm behind an activation": () => {
    const x = input();
    return { network: model(x, norm(conv(x, { activation: "relu" }))), norms: 1 };
  },
  "a norm behind dilated filters": () => {
    const x = input();
    return { network: model(x, norm(conv(x, { dilationRate: 2 }))), norms: 1 };
  },
  "a convolution that the sum takes too": () => {
    const x = input();
    const convolved = conv(x);
    return { network: model(x, relu(add(norm(convolved), convolved))), norms: 1 };
  },
  "a norm that ReLU and the sum take": () => {
    const x = input();
    const normal = norm(conv(x));
    return { network: model(x, add(relu(normal), normal)), norms: 0 };
  },
  "two norms in a sum, twice the same, and three": () => {
    const x = input();
    const [a, b] = [norm(conv(x)), norm(conv(x))];
    const sum = relu(add(a, b));
    const doubled = norm(conv(sum));
    return { network: model(x, add(relu(add(doubled, doubled)), norm(conv(sum)), sum)), norms: 0 };
  },
  "a sum of different shapes": () => {
    const x = input();
    const column = layers.averagePooling2d({ poolSize: [8, 1] }).apply(conv(x)) as Symbolic;
    return { network: model(x, relu(add(norm(conv(x)), column))), norms: 0 };
  },
  "a sum that is used again": () => {
    const x = input();
    const sum = add(norm(conv(x)), conv(x));
    return { network: model(x, add(relu(sum), sum)), norms: 0 };
  },
  "ReLU up to 1, and a network within": () => {
    const x = input();
    const inner = input();
    const part = model(inner, norm(conv(inner)));
    const capped = layers.reLU({ maxValue: 1 }).apply(norm(conv(part.apply(x) as Symbolic))) as Symbolic;
    return { network: model(x, capped), norms: 1 };
  },
};

/** Weights away from their first values: positive, as variances must be. */
function perturb(network: tfl.LayersModel): void {
  const weights = network.getWeights().map((weight) => {
    const values = weight.dataSync().map((value) => value + 0.1 + 0.5 * random.uniform());
    return tf.tensor(values, weight.shape);
  });
  network.setWeights(weights);
  tf.dispose(weights);
}

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
    const { kernelNames, result } = await tf
      .engine()
      .profile(() => tf.tidy(() => new FoldedInference(network).outputs(images)));
    expect(tf.memory().numTensors).toBe(before + 1);
    expect(kernelNames.filter((kernel) => kernel === tf.FusedBatchNorm)).toHaveLength(norms);
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
