import { CounterRandom, STREAM } from "../../src/core.js";

/**
 * The draw v of a randomised bound: uniform on the multiples of 2^-52 in (0, 1], a function of seed and example alone
 * and so fixed before any vote is seen. P[v < t] <= t for every t, which is what the bound's validity takes.
 *
 * @param seed integer in [0, 2^53) @param example its index in the data set, integer in [0, 2^32)
 */
export function boundDraw(seed: number, example: number): number {
  const random = new CounterRandom({ seed, stream: STREAM.bound, example, sample: 0 });
  return random.uniform() + 2 ** -53;
}
