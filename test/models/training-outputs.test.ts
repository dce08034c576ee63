import * as tf from "@tensorflow/tfjs-core";
import type * as tfl from "@tensorflow/tfjs-layers";
import { describeEngines, trainingOutputs, useEngine } from "smoothcert";
import { beforeAll, describe, expect, it } from "vitest";
import { NETWORKS, perturb, random } from "./norm-networks.js";

const engines = (await describeEngines()).filter(({ available, name }) => available && name !== "gpu");

/** TensorFlow.js itself trains neither batch norms without scale nor dilated convolutions. */
const TRAINABLE = Object.keys(NETWORKS).filter((name) => !/without scale|dilated/.test(name));

/**
 * A loss with outputs of its own weight each, its gradients for all weights, and the weights after it: batch norms have
 * moved their averages.
 */
function learnFrom(network: tfl.LayersModel, logits: (images: tf.Tensor) => tf.Tensor, images: tf.Tensor): number[][] {
  const start = network.getWeights().map((weight) => tf.clone(weight));
  const { value, grads } = tf.variableGrads(() => {
    const outputs = logits(images);
    const shares = tf.reshape(tf.range(1, outputs.size + 1), outputs.shape);
    return tf.mean(tf.mul(outputs, tf.sin(shares))) as tf.Scalar;
  });
  const all = [value, ...Object.values(grads), ...network.getWeights()];
  const found = all.map((tensor) => [...tensor.dataSync()]);
  network.setWeights(start);
  tf.dispose([value, ...Object.values(grads), ...start]);
  return found;
}

describe.each(engines.map(({ name }) => name))("training outputs on %s", (engine) => {
  beforeAll(async () => void (await useEngine(engine)));

  // Plain JavaScript takes ten seconds for the large ones, and computes as WebAssembly's operations are composed.
  const networks = TRAINABLE.filter((name) => engine !== "cpu" || !/LeNet|ResNet/.test(name));

  it.each(networks)("of %s, their gradients and the batch norms' averages are the model's own", (name) => {
    const { network } = NETWORKS[name]();
    perturb(network);
    const shape = [4, ...(network.inputs[0].shape.slice(1) as number[])];
    const count = tf.util.sizeFromShape(shape);
    const images = tf.tensor(
      Float32Array.from({ length: count }, () => random.uniform() - 0.5),
      shape,
    );
    const plain = learnFrom(network, (x) => network.apply(x, { training: true }) as tf.Tensor, images);
    const before = tf.memory().numTensors;
    const found = learnFrom(network, (x) => trainingOutputs(network, x), images);
    expect(tf.memory().numTensors).toBe(before);
    expect(found.length).toBe(plain.length);
    // Small gradients are differences of large ones that batch norm makes cancel: what counts is their size beside the
    // largest.
    const scale = plain.flat().reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    for (const [i, values] of found.entries()) {
      expect(values.length).toBe(plain[i].length);
      // Math.max keeps a NaN, which then is not less than anything.
      const distance = values.reduce((most, value, j) => Math.max(most, Math.abs(value - plain[i][j])), 0);
      expect(distance).toBeLessThan(1e-4 * scale);
    }
    images.dispose();
    network.dispose();
  });
});
