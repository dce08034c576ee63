import * as tf from "@tensorflow/tfjs-core";
import { scaledSum } from "../../src/index.js";

/** How a step is made. */
export interface StepSize {
  readonly lr: number;
  /** The gradients are shortened where the norm of all of them together is larger than this; greater than 0. */
  readonly clip: number;
  /** At least 0. */
  readonly weightDecay: number;
}

/** Keeps a norm of 0 from being divided by. */
const LEAST_NORM = 1e-6;

/** What the gradients are multiplied by, so that the norm of all of them together is at most `clip`. */
export function clippingFactor(gradients: readonly tf.Tensor[], clip: number): tf.Scalar {
  return tf.tidy(() => {
    const norm = tf.sqrt(tf.addN(gradients.map((gradient) => tf.sum(tf.square(gradient)))));
    return tf.minimum(tf.div(clip, tf.add(norm, LEAST_NORM)), 1) as tf.Scalar;
  });
}

/**
 * Averaged stochastic gradient descent (Polyak and Juditsky 1992): plain steps, with weight decay beside the clipped
 * gradients, as PyTorch's `SGD` and `ASGD` take them. Once started, the average is the mean of the weights after each
 * step from then on.
 */
export class AveragedSgd {
  #averages: readonly tf.Variable[] | undefined;
  #averaged = 0;

  constructor(readonly weights: readonly tf.Variable[]) {}

  /** The mean of the weights; undefined as long as nothing has been averaged. */
  get averages(): readonly tf.Variable[] | undefined {
    return this.#averages;
  }

  /** Steps whose weights the averages are the means of. */
  get averaged(): number {
    return this.#averaged;
  }

  /** Goes on with an average of so many steps. @param averages one for each weight; this disposes of them */
  restore(averages: readonly tf.Variable[], averaged: number): void {
    this.#averages = averages;
    this.#averaged = averaged;
  }

  /** Takes one step. @param gradients in the order of the weights @param average whether its weights are averaged */
  step(gradients: readonly tf.Tensor[], { lr, clip, weightDecay }: StepSize, average: boolean): void {
    tf.tidy(() => {
      const factors = tf.stack([1 - lr * weightDecay, tf.mul(clippingFactor(gradients, clip), -lr)]) as tf.Tensor1D;
      this.weights.forEach((weight, i) => {
        tf.tidy(() => weight.assign(scaledSum<tf.Tensor>(weight, gradients[i], factors)));
      });
    });
    if (average) this.#average();
  }

  #average(): void {
    this.#averages ??= this.weights.map((weight) => tf.tidy(() => tf.variable(tf.zerosLike(weight), false)));
    this.#averaged += 1;
    const share = 1 / this.#averaged;
    this.#averages.forEach((mean, i) => {
      tf.tidy(() => mean.assign(scaledSum<tf.Tensor>(mean, this.weights[i], tf.tensor1d([1 - share, share]))));
    });
  }

  dispose(): void {
    tf.dispose([...(this.#averages ?? [])]);
  }
}

/**
 * When averaging begins, by the non-monotonic criterion of Merity et al. (2017, Algorithm 1): after the first epoch
 * whose loss is larger than the least of all epochs but the last `patience` before it.
 *
 * @param losses on the validation text, one an epoch @param patience n in the paper, an integer of at least 0
 * @returns the number of epochs that are not averaged; undefined if that is not known yet
 */
export function epochsBeforeAveraging(losses: readonly number[], patience: number): number | undefined {
  for (let epoch = patience + 1; epoch < losses.length; epoch++) {
    const earlier = losses.slice(0, epoch - patience);
    if (losses[epoch] > Math.min(...earlier)) return epoch + 1;
  }
  return undefined;
}
