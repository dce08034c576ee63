import { type NoiseAddress, STREAM } from "../../src/core.js";

/**
 * Where an attack's noise lives: samples for gradients, for the decisions of the search and for the tests that count
 * are disjoint, and none of them was part of a certificate. So a test's noise is fresh whatever was tried before it.
 */
const DECISIONS = 2 ** 30;
const TESTS = 2 ** 31;
/** Number of addresses of each kind. */
export const SAMPLES_OF_A_KIND: number = 2 ** 30;

/** The noise of the attack on one image. */
export class AttackSamples {
  #gradients = 0;
  #tests = TESTS;

  constructor(
    readonly seed: number,
    readonly example: number,
  ) {}

  /** The next `count` samples for a gradient. */
  forGradient(count: number): NoiseAddress {
    const sample = this.#gradients;
    this.#gradients += count;
    return this.#at(sample);
  }

  /** The samples for decisions of the search: the same each time, so that nearby inputs compare without noise. */
  forDecision(): NoiseAddress {
    return this.#at(DECISIONS);
  }

  /** The next `count` samples for a test that counts; none was seen before. */
  forTest(count: number): NoiseAddress {
    const sample = this.#tests;
    this.#tests += count;
    return this.#at(sample);
  }

  #at(sample: number): NoiseAddress {
    return { seed: this.seed, stream: STREAM.attack, example: this.example, sample };
  }
}
