import * as tf from "@tensorflow/tfjs-core";

/**
 * Stochastic gradient descent with momentum and weight decay, as PyTorch's `torch.optim.SGD` has it (no dampening). For
 * each weight w with gradient g and velocity v, which starts at 0:
 *
 *     d <- g + weightDecay w
 *     v <- momentum v + d
 *     w <- w - lr v, and with Nesterov's momentum w - lr (d + momentum v)
 */
export class Sgd {
  /** One velocity a weight, in the order of the weights. */
  readonly velocities: readonly tf.Variable[];
  readonly #weights: readonly tf.Variable[];
  readonly #momentum: number;
  readonly #weightDecay: number;
  readonly #nesterov: boolean;

  /** @param momentum in [0, 1) @param weightDecay at least 0; all weights decay, biases too */
  constructor(weights: readonly tf.Variable[], momentum: number, weightDecay: number, nesterov = false) {
    this.#weights = weights;
    this.#momentum = momentum;
    this.#weightDecay = weightDecay;
    this.#nesterov = nesterov;
    this.velocities = weights.map((weight) => tf.tidy(() => tf.variable(tf.zerosLike(weight), false)));
  }

  /** Takes one step. @param gradients by the name of the weight, as `tf.variableGrads` returns them */
  step(gradients: tf.NamedTensorMap, lr: number): void {
    this.#weights.forEach((weight, i) => {
      tf.tidy(() => {
        const velocity = this.velocities[i];
        const decayed = tf.add(gradients[weight.name], tf.mul(weight, this.#weightDecay));
        velocity.assign(tf.add(tf.mul(velocity, this.#momentum), decayed));
        const ahead = this.#nesterov ? tf.add(decayed, tf.mul(velocity, this.#momentum)) : velocity;
        weight.assign(tf.sub(weight, tf.mul(ahead, lr)));
      });
    });
  }

  dispose(): void {
    for (const velocity of this.velocities) velocity.dispose();
  }
}
