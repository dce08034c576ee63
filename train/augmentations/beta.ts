import { type CounterRandom, exp, ln } from "../../src/index.js";

/** The largest alpha for which few draws are thrown away: one in 69 is kept there. */
export const LARGEST_ALPHA = 4;

/**
 * A draw from Beta(alpha, alpha), by Jöhnk (1964): u^(1/alpha) : v^(1/alpha), drawn until both add up to 1 at most.
 *
 * @param alpha in (0, {@link LARGEST_ALPHA}]
 */
export function betaDraw(alpha: number, random: CounterRandom): number {
  for (;;) {
    const [x, y] = [exp(ln(random.uniform()) / alpha), exp(ln(random.uniform()) / alpha)];
    if (x + y <= 1 && x + y > 0) return x / (x + y);
  }
}
