import * as tf from "@tensorflow/tfjs-core";
import type * as tfl from "@tensorflow/tfjs-layers";

/**
 * The exponential moving average of all weights of a model, batch norms' statistics included, which begins with the
 * weights that the model has when it is made:
 *
 *     average <- decay average + (1 - decay) w    after each step
 *
 * as Polyak and Juditsky's averaging (1992) is used with networks since.
 */
export class WeightAverage {
  /** One average per weight, in the model's order. */
  readonly averages: readonly tf.Variable[];
  readonly #weights: readonly tf.Variable[];
  readonly #decay: number;

  /** @param decay in (0, 1) */
  constructor(model: tfl.LayersModel, decay: number) {
    this.#weights = model.weights.map((weight) => weight.read() as tf.Variable);
    this.#decay = decay;
    this.averages = this.#weights.map((weight) => tf.tidy(() => tf.variable(tf.clone(weight), false)));
  }

  /** Takes the weights in, after a step. */
  step(): void {
    tf.tidy(() => {
      this.averages.forEach((average, i) => {
        average.assign(tf.add(tf.mul(average, this.#decay), tf.mul(this.#weights[i], 1 - this.#decay)));
      });
    });
  }

  /** Exchanges the weights of the model and their averages; a second time, back. */
  exchange(): void {
    tf.tidy(() => {
      this.averages.forEach((average, i) => {
        const weight = tf.clone(this.#weights[i]);
        this.#weights[i].assign(average);
        average.assign(weight);
      });
    });
  }

  dispose(): void {
    for (const average of this.averages) average.dispose();
  }
}
