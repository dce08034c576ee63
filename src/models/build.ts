import * as tfl from "@tensorflow/tfjs-layers";
import type { ImageShape } from "../data/dataset.js";
import { requireInteger, requireThat } from "../errors.js";
import { type Initialization, initializeWeights, requireInitialization } from "./initialize.js";
import { lenet, linear, mlp } from "./plain-networks.js";
import { type Preprocessing, preprocess } from "./preprocessing.js";
import { resnet } from "./resnet.js";
import { preActivationResnet } from "./wide-resnet.js";

export interface Architecture {
  readonly name: string;
  readonly description: string;
  /** Smallest height and width of an image it takes. */
  readonly smallest: number;
  readonly build: (pixels: tfl.SymbolicTensor, classes: number) => tfl.SymbolicTensor;
}

const residual = [20, 32, 44, 56, 110].map((depth) => ({
  name: `resnet${depth}`,
  description: `residual network of He et al. (2016) for CIFAR, ${depth} layers, batch norm`,
  smallest: 4,
  build: resnet(depth),
}));

const wide = [
  { depth: 16, widen: 4 },
  { depth: 28, widen: 10 },
].map(({ depth, widen }) => ({
  name: `wrn${depth}-${widen}`,
  description: `wide residual network of Zagoruyko and Komodakis (2016), ${depth} layers, ${widen} times the channels`,
  smallest: 4,
  build: preActivationResnet((depth - 4) / 6, widen),
}));

const preActivation = {
  name: "preact-resnet110",
  description: "residual network of He et al. (2016) with norm and ReLU before each convolution, 110 layers",
  smallest: 4,
  build: preActivationResnet(18, 1),
};

/** Every architecture, by its name in the literature. */
export const ARCHITECTURES: readonly Architecture[] = [
  { name: "linear", description: "one affine map", smallest: 1, build: linear },
  { name: "mlp", description: "two hidden layers of 256 ReLUs", smallest: 1, build: mlp },
  {
    name: "lenet",
    description: "conv 20 5x5, pool, conv 50 5x5, pool, fc 500, fc: the net of the MNIST tables",
    smallest: 16,
    build: lenet,
  },
  ...residual,
  preActivation,
  ...wide,
];

export interface BuildOptions {
  readonly inputShape: ImageShape;
  /** Number of classes, at least 2. */
  readonly classes: number;
  /** Integer in [0, 2^53). The same seed gives the same weights on every engine. */
  readonly seed: number;
  readonly preprocessing?: Preprocessing | undefined;
  /** The law of the initial weights; `he` by default. */
  readonly initialization?: Initialization | undefined;
}

/**
 * A network with fresh weights. Input: float32 pixels in [0, 1], [null, height, width, channels]; output: logits,
 * [null, classes], without softmax. An engine must have been chosen (`useEngine`).
 *
 * @throws ArgumentError naming the option that is out of range
 */
export function buildModel(architecture: string, options: BuildOptions): tfl.LayersModel {
  const { inputShape, classes, seed, preprocessing = {}, initialization = "he" } = options;
  const chosen = ARCHITECTURES.find(({ name }) => name === architecture);
  const names = ARCHITECTURES.map(({ name }) => name).join(", ");
  requireThat(chosen !== undefined, "buildModel", "architecture", `one of ${names}`, architecture);
  inputShape.forEach((size, i) => {
    requireInteger(size, "buildModel", `inputShape[${i}]`, 1);
  });
  requireInteger(classes, "buildModel", "classes", 2);
  requireInteger(seed, "buildModel", "seed", 0);
  requireInitialization(initialization, "buildModel");
  const size = preprocessing.crop ?? [inputShape[0], inputShape[1]];
  const large = Math.min(...size) >= chosen.smallest;
  const rule = `at least ${chosen.smallest}x${chosen.smallest} pixels for ${architecture}`;
  requireThat(large, "buildModel", preprocessing.crop ? "preprocessing.crop" : "inputShape", rule, size);
  const pixels = tfl.input({ shape: [...inputShape], name: "pixels" });
  const outputs = chosen.build(preprocess(pixels, inputShape, preprocessing), classes);
  const model = tfl.model({ inputs: pixels, outputs, name: architecture });
  initializeWeights(model, seed, initialization);
  return model;
}
