import { requireThat } from "../errors.js";
import { NORMAL_TAIL_ERROR, normalQuantile, normalUpperTail } from "./normal.js";

/**
 * Phi^-1(p) rounded down: for p >= 1/2 the result z satisfies P[Z > z] >= 1 - p, for p < 1/2 it satisfies P[Z <= z] <=
 * p, each with the error of evaluating the tail counted in.
 *
 * @param p in (0, 1) @throws ArgumentError for other p
 */
export function normalQuantileLower(p: number): number {
  requireThat(p > 0 && p < 1, "normalQuantileLower", "p", "in (0, 1)", p);
  return p < 0.5 ? -tailPoint(p, 1) : tailPoint(1 - p, -1); // 1 - p is exact for p in [1/2, 1]
}

/**
 * Phi^-1(p) rounded up, see {@link normalQuantileLower}.
 *
 * @param p in (0, 1) @throws ArgumentError for other p
 */
export function normalQuantileUpper(p: number): number {
  requireThat(p > 0 && p < 1, "normalQuantileUpper", "p", "in (0, 1)", p);
  return p < 0.5 ? -tailPoint(p, -1) : tailPoint(1 - p, 1);
}

/**
 * The z >= 0 with P[Z > z] = q, found and then moved until it is proved to lie on one side: z with P[Z > z] >= q for
 * `side` -1, at most q for `side` 1.
 */
function tailPoint(q: number, side: -1 | 1): number {
  if (q === 0.5) return 0;
  const root = -normalQuantile(q);
  for (let step = NORMAL_TAIL_ERROR / 2; step < 1; step *= 2) {
    const z = side < 0 ? root * (1 - step) : root + (1 + root) * step;
    const tail = normalUpperTail(z);
    if (side < 0 ? tail * (1 - NORMAL_TAIL_ERROR) >= q : tail * (1 + NORMAL_TAIL_ERROR) <= q) return z;
  }
  if (side < 0) return 0;
  throw new Error(`normalQuantileUpper: no proved bound found for a tail of ${q}`);
}
