import { requireThat } from "../src/errors.js";
import { NORMAL_TAIL_ERROR, normalQuantile, normalUpperTail } from "../src/math/normal.js";
import { nextDown, nextUp } from "../src/math/ulp.js";

/**
 * Phi^-1(p) rounded down: for p >= 1/2 the result z satisfies P[Z > z] >= 1 - p, for p < 1/2 it satisfies P[Z <= z] <= p, each with the
 * error of evaluating the tail counted in.
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
 * The z >= 0 with P[Z > z] = q, found and then moved until it is proved to lie on one side: z with P[Z > z] >= q for `side` -1, at most q
 * for `side` 1.
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

/**
 * The certified L2 radius of Cohen, Rosenfeld and Kolter 2019, Theorem 1, rounded down: sigma/2 (Phi^-1(pALower) - Phi^-1(pBUpper)),
 * which is sigma Phi^-1(pALower) where nothing better than pBUpper = 1 - pALower is known. 0 where pALower <= pBUpper.
 *
 * @param sigma noise level, at least 0; the radius has its units @param pALower in [0, 1)
 * @param pBUpper in (0, 1]; left out, it is 1 - pALower
 */
export function certifiedRadius(sigma: number, pALower: number, pBUpper?: number): number {
  requireThat(sigma >= 0 && sigma < Infinity, "certifiedRadius", "sigma", "finite and at least 0", sigma);
  if (pBUpper === undefined) {
    return pALower <= 0.5 ? 0 : Math.max(0, nextDown(sigma * normalQuantileLower(pALower)));
  }
  if (pALower <= pBUpper) return 0;
  const gap = nextDown(normalQuantileLower(pALower) - normalQuantileUpper(pBUpper));
  return Math.max(0, nextDown((sigma / 2) * gap));
}

/**
 * A lower bound on a probability under the law that was sampled, made one under the exact law: lowered by their total variation distance,
 * rounded down.
 *
 * @param bound in [0, 1] @param distance at least 0; 0 leaves the bound as it is
 */
export function lessDistance(bound: number, distance: number): number {
  return distance === 0 ? bound : Math.max(0, nextDown(bound - distance));
}

/** The same for an upper bound: raised by the distance, rounded up. */
export function plusDistance(bound: number, distance: number): number {
  return distance === 0 ? bound : Math.min(1, nextUp(bound + distance));
}
