import {
  dimensionOf,
  type NoiseAddress,
  type NoiseSource,
  type Pixels,
  requireInteger,
  requireThat,
} from "../../src/core.js";
import type { BaseClassifier } from "./base-classifier.js";
import type { Labeler, Segment } from "./labeler.js";
import { localLabeler } from "./local-labeler.js";

/** What may accompany a long count. */
export interface SamplingHooks {
  /** Stops the count between two batches, by throwing its reason. */
  readonly signal?: AbortSignal;
  /**
   * Called after each batch with the number of this count's samples in it, and with their share of the seconds that
   * passed: the shares of all counts add up to the time in which there was something to count. `counts` are the labels
   * that this count has by now, and will change.
   */
  readonly onSamples?: (samples: number, seconds: number, counts: Uint32Array) => void;
}

/** A count under way. */
interface Count {
  readonly x: Pixels;
  readonly n: number;
  readonly address: NoiseAddress;
  readonly hooks: SamplingHooks;
  readonly labels: Uint32Array;
  /** Samples that are in batches. */
  sent: number;
  /** Samples that are counted. */
  counted: number;
  /** Whether it was given up; batches under way may still return some of it. */
  failed: boolean;
  resolve(labels: Uint32Array): void;
  reject(reason: unknown): void;
}

/** A part of a batch, and the count that it is for. */
interface Part extends Segment {
  readonly of: Count;
}

/**
 * Draws noisy copies of inputs and counts the labels that the base classifier gives them. Counts that run side by side
 * share batches.
 */
export class Sampler {
  readonly #labeler: Labeler;
  /** Counts with samples that are in no batch yet, first come, first served. */
  readonly #waiting: Count[] = [];
  #batches = 0;
  #lastReturn = 0;

  /** @throws ArgumentError if the base classifier has no batch size of at least 1, or no class */
  constructor(
    readonly base: BaseClassifier,
    readonly noise: NoiseSource,
  ) {
    requireInteger(base.batchSize, base.name, "batchSize", 1);
    requireInteger(base.classes, base.name, "classes", 1);
    this.#labeler = base.labeler?.(noise) ?? localLabeler(base, noise);
  }

  /** Samples that keep the classifier busy. */
  get appetite(): number {
    return this.#labeler.batchSize * this.#labeler.capacity;
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
    const labels = new Uint32Array(this.base.classes);
    if (n === 0) return labels;
    return new Promise((resolve, reject) => {
      this.#waiting.push({ x, n, address, hooks, labels, sent: 0, counted: 0, failed: false, resolve, reject });
      this.#send();
    });
  }

  /** Sends batches while the labeler takes them and there is something to send. */
  #send(): void {
    while (this.#batches < this.#labeler.capacity) {
      const parts = this.#nextBatch();
      if (parts.length === 0) return;
      if (this.#batches === 0) this.#lastReturn = performance.now();
      this.#batches += 1;
      void this.#run(parts);
    }
  }

  #nextBatch(): Part[] {
    const parts: Part[] = [];
    let room = this.#labeler.batchSize;
    while (room > 0 && this.#waiting.length > 0) {
      const of = this.#waiting[0];
      if (of.hooks.signal?.aborted) {
        this.#fail(of, of.hooks.signal.reason);
        continue;
      }
      const count = Math.min(room, of.n - of.sent);
      parts.push({ of, x: of.x, address: { ...of.address, sample: of.address.sample + of.sent }, count });
      of.sent += count;
      room -= count;
      if (of.sent === of.n) this.#waiting.shift();
    }
    return parts;
  }

  async #run(parts: readonly Part[]): Promise<void> {
    try {
      const labels = await this.#labeler.label(parts.map(({ x, address, count }) => ({ x, address, count })));
      this.#return(parts, labels);
    } catch (error) {
      for (const { of } of parts) this.#fail(of, error);
    }
    this.#batches -= 1;
    this.#send();
  }

  #return(parts: readonly Part[], labels: Int32Array): void {
    const now = performance.now();
    const secondsEach = (now - this.#lastReturn) / 1000 / labels.length;
    this.#lastReturn = now;
    let start = 0;
    for (const { of, count } of parts) {
      for (let i = start; i < start + count; i++) of.labels[this.#checked(labels[i])] += 1;
      start += count;
      of.counted += count;
      if (of.failed) continue;
      of.hooks.onSamples?.(count, count * secondsEach, of.labels);
      if (of.hooks.signal?.aborted) this.#fail(of, of.hooks.signal.reason);
      else if (of.counted === of.n) of.resolve(of.labels);
    }
  }

  /** Gives a count up; what is left of it is never sent. */
  #fail(count: Count, reason: unknown): void {
    const place = this.#waiting.indexOf(count);
    if (place >= 0) this.#waiting.splice(place, 1);
    count.failed = true;
    count.reject(reason);
  }

  #checked(label: number): number {
    if (label >= 0 && label < this.base.classes) return label;
    throw new Error(`${this.base.name}: classify must give labels in [0, ${this.base.classes}), got ${label}`);
  }
}
