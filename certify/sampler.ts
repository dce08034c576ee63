import {
  dimensionOf,
  type NoiseAddress,
  type NoiseSource,
  type Pixels,
  requireInteger,
  requireThat,
} from "../src/index.js";
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
  /** @throws ArgumentError if the base classifier has no batch size of at least 1, or no class */
  constructor(
    readonly base: BaseClassifier,
    readonly noise: NoiseSource,
  ) {
    requireInteger(base.batchSize, base.name, "batchSize", 1);
    requireInteger(base.classes, base.name, "classes", 1);
  }

  /**
   * SAMPLEUNDERNOISE of Cohen et al.: the label counts of samples address.sample .. address.sample + n - 1. They are a
   * function of the base classifier, the noise and the address alone, and add up to n. Counts may run side by side.
   *
   * @throws ArgumentError unless x has as many pixels as the base classifier takes
   */
  async countLabels(x: Pixels, n: number, address: NoiseAddress, hooks: SamplingHooks = {}): Promise<Uint32Array> {
    const dimension = dimensionOf(this.base.inputShape);
    requireThat(x.length === dimension, this.base.name, "x", `an image of ${dimension} pixels`, x.length);
    const batchSize = Math.min(this.base.batchSize, n);
    const batch = new Float32Array(batchSize * dimension);
    const labels = new Int32Array(batchSize);
    const counts = new Uint32Array(this.base.classes);
    for (let done = 0; done < n; ) {
      hooks.signal?.throwIfAborted();
      const count = Math.min(batchSize, n - done);
      this.noise.perturb(batch, 0, x, { ...address, sample: address.sample + done }, count);
      await this.base.classify(batch, count, labels.fill(-1));
      for (let i = 0; i < count; i++) counts[this.#checked(labels[i])] += 1;
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
