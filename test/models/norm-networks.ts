import * as tf from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";
import { buildModel, CounterRandom, STREAM } from "smoothcert";
import { preActivationResnet } from "../../src/models/wide-resnet.js";
import { runSeed } from "../laws/seed.js";

/**
 * Networks with batch norms in all places in which layers may be computed together, and in those where they may not.
 */

export const random = new CounterRandom({ seed: runSeed, stream: STREAM.theory, example: 1, sample: 0 });
const { layers } = tfl;
type Symbolic = tfl.SymbolicTensor;

export const input = (): Symbolic => tfl.input({ shape: [8, 8, 3] });
export const conv = (x: Symbolic, config = {}): Symbolic =>
  layers.conv2d({ filters: 4, kernelSize: 3, padding: "same", ...config }).apply(x) as Symbolic;
export const norm = (x: Symbolic, config = {}): Symbolic => layers.batchNormalization(config).apply(x) as Symbolic;
const zeros = (x: Symbolic, padding: number | [[number, number], [number, number]]): Symbolic =>
  layers.zeroPadding2d({ padding }).apply(x) as Symbolic;
const relu = (x: Symbolic): Symbolic => layers.activation({ activation: "relu" }).apply(x) as Symbolic;
const add = (...terms: Symbolic[]): Symbolic => layers.add().apply(terms) as Symbolic;
export const model = (inputs: Symbolic, outputs: Symbolic): tfl.LayersModel => tfl.model({ inputs, outputs });

/** A network, and how many batch norms are left in it when those that follow a convolution are folded into it. */
export const NETWORKS: Record<string, () => { network: tfl.LayersModel; norms: number }> = {
  "ResNet-20": () => ({ network: buildModel("resnet20", { inputShape: [8, 8, 3], classes: 4, seed: 1 }), norms: 0 }),
  "a wide ResNet of 10 layers": () => {
    const pixels = input();
    // Those behind sums stay.
    return { network: model(pixels, preActivationResnet(1, 2)(pixels, 4)), norms: 3 };
  },
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
  "uneven zeros around the images": () => {
    const x = input();
    const around = zeros(x, [
      [1, 2],
      [0, 3],
    ]);
    return { network: model(x, norm(conv(around, { strides: 2, padding: "valid" }))), norms: 0 };
  },
  "zeros that two layers take, and padding of the convolution's own": () => {
    const x = input();
    const around = zeros(x, 1);
    const own = norm(conv(zeros(x, 1), { padding: "same" }));
    return { network: model(x, add(norm(conv(around, { padding: "same" })), norm(conv(around)), own)), norms: 0 };
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
export function perturb(network: tfl.LayersModel): void {
  const weights = network.getWeights().map((weight) => {
    const values = weight.dataSync().map((value) => value + 0.1 + 0.5 * random.uniform());
    return tf.tensor(values, weight.shape);
  });
  network.setWeights(weights);
  tf.dispose(weights);
}
