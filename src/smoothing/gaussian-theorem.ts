import { requireThat } from "../errors.js";
import { normalQuantileLower, normalQuantileUpper } from "../math/normal-quantile.js";
import { nextDown, nextUp } from "../math/ulp.js";
import type { Theorem } from "./smoothing.js";

/**
 * The theorem of isotropic Gaussian noise N(0, sigma^2 I): Cohen, Rosenfeld and Kolter 2019, Theorem 1.
 *
 * @param sigma standard deviation, finite and at least 0; radii have its units
 * @throws ArgumentError for another sigma
 */
export function gaussianTheorem(sigma: number): Theorem {
  requireThat(sigma >= 0 && sigma < Infinity, "gaussianTheorem", "sigma", "finite and at least 0", sigma);
  return {
    norm: "l2",
    radius: (pALower, pBUpper) => certifiedRadius(sigma, pALower, pBUpper),
    radiusLimit: (pAUpper, pBLower) => radiusLimit(sigma, pAUpper, pBLower),
  };
}

/**
 * The certified L2 radius, rounded down: sigma/2 (Phi^-1(pALower) - Phi^-1(pBUpper)), which is sigma Phi^-1(pALower)
 * where nothing better than pBUpper = 1 - pALower is known. 0 where pALower <= pBUpper.
 *
 * @param sigma at least 0; the radius has its units @param pALower in [0, 1)
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

/** The same of bounds from the other sides, rounded up. */
function radiusLimit(sigma: number, pAUpper: number, pBLower?: number): number {
  if (pAUpper === 1 || pBLower === 0) return Infinity;
  if (pBLower === undefined) return pAUpper <= 0.5 ? 0 : nextUp(sigma * normalQuantileUpper(pAUpper));
  const gap = nextUp(normalQuantileUpper(pAUpper) - normalQuantileLower(pBLower));
  return Math.max(0, nextUp((sigma / 2) * gap));
}
