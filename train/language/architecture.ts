import type * as tf from "@tensorflow/tfjs-core";

/** The sizes of an AWD-LSTM. */
export interface LanguageArchitecture {
  /** Tokens that it knows. */
  readonly vocabulary: number;
  /** Numbers that stand for a token. */
  readonly embedding: number;
  /** Units of each LSTM layer but the last, which has as many as the embedding. */
  readonly hidden: number;
  /** LSTM layers, at least 1. */
  readonly layers: number;
}

/** Of a layer of the LSTM. */
export interface LayerSize {
  readonly inputs: number;
  readonly units: number;
}

/** The layers, first to last. The last has the size of the embedding, whose weights its outputs are multiplied by. */
export function layerSizes({ embedding, hidden, layers }: LanguageArchitecture): LayerSize[] {
  return Array.from({ length: layers }, (_, i) => ({
    inputs: i === 0 ? embedding : hidden,
    units: i === layers - 1 ? embedding : hidden,
  }));
}

/** The name and the shape of each weight, in the order in which they are kept. */
export function weightShapes(architecture: LanguageArchitecture): { name: string; shape: number[] }[] {
  const { vocabulary, embedding } = architecture;
  const layers = layerSizes(architecture).flatMap(({ inputs, units }, i) => [
    { name: `lstm${i + 1}/kernel`, shape: [inputs, 4 * units] },
    { name: `lstm${i + 1}/recurrent`, shape: [units, 4 * units] },
    { name: `lstm${i + 1}/bias`, shape: [4 * units] },
    { name: `lstm${i + 1}/recurrentBias`, shape: [4 * units] },
  ]);
  return [{ name: "embedding", shape: [vocabulary, embedding] }, { name: "bias", shape: [vocabulary] }, ...layers];
}

/** The weights by what they do. */
export interface LanguageWeights {
  /** [vocabulary, embedding]: of the tokens read, and, since they are tied, of those predicted. */
  readonly embedding: tf.Tensor2D;
  /** [vocabulary]: added to the scores. */
  readonly bias: tf.Tensor1D;
  readonly layers: readonly LayerWeights[];
}

export interface LayerWeights {
  readonly kernel: tf.Tensor2D;
  readonly recurrent: tf.Tensor2D;
  /** The two are added. As in PyTorch's LSTM there are two, so that a step moves their sum by twice as much. */
  readonly bias: tf.Tensor1D;
  readonly recurrentBias: tf.Tensor1D;
}

const WEIGHTS_A_LAYER = 4;

/** Tensors in the order of {@link weightShapes}, by what they do. */
export function namedWeights(tensors: readonly tf.Tensor[]): LanguageWeights {
  const [embedding, bias, ...rest] = tensors;
  const layers = Array.from({ length: rest.length / WEIGHTS_A_LAYER }, (_, i) => {
    const [kernel, recurrent, bias, recurrentBias] = rest.slice(i * WEIGHTS_A_LAYER);
    return {
      kernel: kernel as tf.Tensor2D,
      recurrent: recurrent as tf.Tensor2D,
      bias: bias as tf.Tensor1D,
      recurrentBias: recurrentBias as tf.Tensor1D,
    };
  });
  return { embedding: embedding as tf.Tensor2D, bias: bias as tf.Tensor1D, layers };
}
