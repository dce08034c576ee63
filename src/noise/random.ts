import { requireInteger } from "../errors.js";
import { keyOf, type NoiseAddress, requireAddress } from "./address.js";
import { philox4x32 } from "./philox.js";

/**
 * A sequence of random numbers read off one address, word after word. Two of the same address give the same sequence;
 * different addresses give independent ones.
 */
export class CounterRandom {
  readonly #address: NoiseAddress;
  readonly #words = new Uint32Array(4);
  #next = 0;

  /** @throws ArgumentError if a field of the address is out of range */
  constructor(address: NoiseAddress) {
    requireAddress("CounterRandom", address);
    this.#address = address;
  }

  /** A uniform integer in [0, 2^32). */
  uint32(): number {
    const lane = this.#next % 4;
    if (lane === 0) {
      const { seed, sample, example, stream } = this.#address;
      const [low, high] = keyOf(seed);
      philox4x32(this.#words, Math.floor(this.#next / 4), sample, example, stream, low, high);
    }
    this.#next += 1;
    return this.#words[lane];
  }

  /**
   * A uniform double in (0, 1): a multiple of 2^-52 plus half of it, which is exact (one more bit would round to 1 at
   * the top).
   */
  uniform(): number {
    const high = this.uint32() >>> 6;
    const low = this.uint32() >>> 6;
    return (high * 0x4000000 + low + 0.5) / 2 ** 52;
  }

  /**
   * A uniform integer in [0, bound), without bias (words above the last multiple of `bound` are drawn again).
   *
   * @throws ArgumentError unless bound is an integer in [1, 2^32]
   */
  integer(bound: number): number {
    requireInteger(bound, "CounterRandom.integer", "bound", 1, 2 ** 32);
    const limit = 2 ** 32 - (2 ** 32 % bound);
    let word = this.uint32();
    while (word >= limit) word = this.uint32();
    return word % bound;
  }

  /**
   * A uniformly random order of 0 .. length - 1 (Fisher and Yates).
   *
   * @throws ArgumentError unless length is an integer in [0, 2^32)
   */
  permutation(length: number): Uint32Array {
    requireInteger(length, "CounterRandom.permutation", "length", 0, 2 ** 32 - 1);
    const order = Uint32Array.from({ length }, (_, i) => i);
    for (let i = length - 1; i > 0; i--) {
      const j = this.integer(i + 1);
      [order[i], order[j]] = [order[j], order[i]];
    }
    return order;
  }
}
