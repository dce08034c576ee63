import { CounterRandom, STREAM } from "../../src/index.js";
import type { NamedTensor } from "../safetensors.js";
import { type LanguageArchitecture, layerSizes, weightShapes } from "./architecture.js";

/** Half the width of the interval that embeddings are drawn from. */
const EMBEDDING_REACH = 0.1;

/**
 * The weights that a training begins with, a function of the seed alone: embeddings uniform in (-0.1, 0.1), the weights
 * of a layer with u units uniform in (-1/sqrt(u), 1/sqrt(u)), as PyTorch's LSTM has them, and scores without a bias.
 */
export function initialWeights(architecture: LanguageArchitecture, seed: number): NamedTensor[] {
  const sizes = layerSizes(architecture);
  return weightShapes(architecture).map(({ name, shape }, i) => {
    const values = new Float32Array(shape.reduce((product, side) => product * side, 1));
    const [, layer] = /^lstm(\d+)/.exec(name) ?? [];
    const reach = layer === undefined ? EMBEDDING_REACH : 1 / Math.sqrt(sizes[Number(layer) - 1].units);
    if (name !== "bias") fillUniform(values, reach, seed, i);
    return { name, shape, values };
  });
}

function fillUniform(values: Float32Array, reach: number, seed: number, example: number): void {
  const random = new CounterRandom({ seed, stream: STREAM.initialization, example, sample: 0 });
  for (let i = 0; i < values.length; i++) values[i] = reach * (2 * random.uniform() - 1);
}
