import { requireThat } from "../src/errors.js";
import { NORMAL_TAIL_ERROR, normalQuantile, normalUpperTail } from "../src/math/normal.js";
import { nextDown } from "../src/math/ulp.js";
import { clopperPearsonLower } from "./bounds/clopper-pearson.js";

/**
 * Phi^-1(p) rounded down: the result z satisfies P[Z > z] >= 1 - p with the error of evaluating the tail counted in.
 *
 * @param p in [1/2, 1) @throws ArgumentError for other p
 */
export function normalQuantileLower(p: number): number {
  requireThat(p >= 0.5 && p < 1, "normalQuantileLower", "p", "in [1/2, 1)", p);
  if (p === 0.5) return 0;
  const q = 1 - p; // exact for p in [1/2, 1]
  const root = normalQuantile(p);
  for (let step = NORMAL_TAIL_ERROR / 2; step < 1; step *= 2) {
    const z = root * (1 - step);
    if (normalUpperTail(z) * (1 - NORMAL_TAIL_ERROR) >= q) return z;
  }
  return 0;
}

/**
 * The certified L2 radius sigma Phi^-1(pALower) of Cohen, Rosenfeld and Kolter 2019 (Theorem 1 with pB = 1 - pA),
 * rounded down; 0 where pALower <= 1/2.
 *
 * @param sigma noise level, at least 0; the radius has its units @param pALower in [0, 1)
 */
export function certifiedRadius(sigma: number, pALower: number): number {
  requireThat(sigma >= 0 && sigma < Infinity, "certifiedRadius", "sigma", "finite and at least 0", sigma);
  if (pALower <= 0.5) return 0;
  return Math.max(0, nextDown(sigma * normalQuantileLower(pALower)));
}

/**
 * A bound on a probability under the law that was sampled, made one under the exact law: lowered by their total variation distance,
 * rounded down.
 *
 * @param bound in [0, 1] @param distance at least 0; 0 leaves the bound as it is
 */
export function lessDistance(bound: number, distance: number): number {
  return distance === 0 ? bound : Math.max(0, nextDown(bound - distance));
}

/**
 * The largest radius that n samples can certify at level alpha: when all of them vote alike. 0 if none can.
 *
 * @param distance of the noise from its exact law, see {@link lessDistance}
 * @throws ArgumentError for arguments out of range, see {@link clopperPearsonLower}
 */
export function largestRadius(sigma: number, n: number, alpha: number, distance = 0): number {
  return certifiedRadius(sigma, lessDistance(clopperPearsonLower(n, n, alpha), distance));
}

/** The smallest radius, in units of sigma, that settings must be able to certify. */
const WORTHWHILE_RADIUS = 0.01;

/**
 * The smallest n at which a unanimous vote certifies a radius worth the name, at least sigma/100. It lies at log2(1/alpha) or
 * one above: at alpha = 0.001, ten equal votes prove pA > 0.5012 and so 0.003 sigma, eleven prove 0.085 sigma.
 *
 * @param alpha in (0, 1/2]
 */
export function fewestSamples(alpha: number): number {
  let n = Math.max(1, Math.floor(-Math.log2(alpha)));
  while (largestRadius(1, n, alpha) < WORTHWHILE_RADIUS) n++;
  return n;
}
