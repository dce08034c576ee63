import { dimensionOf, type NoiseAddress, type NoiseSource, type Pixels } from "../src/index.js";
import type { BaseClassifier } from "./base-classifier.js";

/** What may accompany a long count. */
export interface SamplingHooks {
  /** Stops the count between two batches, by throwing its reason. */
  readonly signal?: AbortSignal;
  /** Called after each batch with the number of samples it held. */
  readonly onSamples?: (samples: number) => void;
}

/** Draws noisy copies of an input and counts the labels that the base classifier gives them. */
export class Sampler {
  readonly #batch: Float32Array;
  readonly #labels: Int32Array;
  readonly #dimension: number;

  constructor(
    readonly base: BaseClassifier,
    readonly noise: NoiseSource,
  ) {
    this.#dimension = dimensionOf(base.inputShape);
    this.#batch = new Float32Array(base.batchSize * this.#dimension);
    this.#labels = new Int32Array(base.batchSize);
  }

  /**
   * SAMPLEUNDERNOISE of Cohen et al.: the label counts of samples address.sample .. address.sample + n - 1. They are a
   * function of the base classifier, the noise and the address alone, and add up to n.
   */
  async countLabels(x: Pixels, n: number, address: NoiseAddress, hooks: SamplingHooks = {}): Promise<Uint32Array> {
    const counts = new Uint32Array(this.base.classes);
    for (let done = 0; done < n; ) {
      hooks.signal?.throwIfAborted();
      const count = Math.min(this.base.batchSize, n - done);
      this.noise.perturb(this.#batch, 0, x, { ...address, sample: address.sample + done }, count);
      await this.base.classify(this.#batch, count, this.#labels);
      for (let i = 0; i < count; i++) counts[this.#checked(this.#labels[i])] += 1;
      done += count;
      hooks.onSamples?.(count);
    }
    return counts;
  }

  #checked(label: number): number {
    if (label >= 0 && label < this.base.classes) return label;
    throw new Error(`${this.base.name}: classify must give labels in [0, ${this.base.classes}), got ${label}`);
  }
}
