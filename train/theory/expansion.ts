/**
 * The expansion of the MaxUp risk in the noise level. For z_1, ..., z_m independent standard normal vectors and a loss
 * L that is three times differentiable around x with g = grad L(x) not 0, H its Hessian and u = g/|g|,
 *
 *     E max_i L(x + sigma z_i) = L + sigma c_m |g| + sigma^2/2 [ tr H + (E M_m^2 - 1) u'Hu ] + O(sigma^3).
 *
 * The first two terms are Theorem 1 of Gong, Ren, Ye and Liu (arXiv 2002.09024), which leaves O(sigma^2). For the
 * third, write z_i = s_i u + w_i: to leading order the winner is the copy of the largest s_i, whose s is M_m and whose
 * w is independent of the s_i, so that E z'Hz = E M_m^2 u'Hu + (tr H - u'Hu). Another copy wins with a probability of
 * order sigma, by a margin of order sigma^2: that is left to the O(sigma^3).
 */

import { requireThat } from "../../src/errors.js";
import { expectedMax, expectedMaxSquared } from "./max-of-normals.js";
import { norm, type QuadraticForm, type TaylorPolynomial, type Vector } from "./taylor.js";

/**
 * L + sigma c_m |g|: the MaxUp risk up to O(sigma^2).
 *
 * @param m - number of copies, an integer of at least 1; for m = 1 there is no first-order term
 * @param sigma - noise level in the units of the point, 0 or more
 * @throws ArgumentError if m or sigma is outside its range
 */
export function firstOrderRisk(taylor: TaylorPolynomial, m: number, sigma: number): number {
  requireSigma("firstOrderRisk", sigma);
  return taylor.loss + sigma * expectedMax(m) * norm(taylor.gradient);
}

/**
 * L + sigma c_m |g| + sigma^2/2 [ tr H + (E M_m^2 - 1) u'Hu ]: the MaxUp risk up to O(sigma^3).
 *
 * @param m - number of copies, an integer of at least 1; m = 1 is the risk of plain Gaussian noise, or of the mean copy
 * @param sigma - noise level in the units of the point, 0 or more
 * @throws ArgumentError if m or sigma is outside its range, or if the gradient is 0 and m above 1: the winner is then
 *   chosen by the curvature, and the expansion does not hold
 */
export function secondOrderRisk(taylor: TaylorPolynomial, m: number, sigma: number): number {
  const { gradient, hessian } = taylor;
  const hint = "At a critical point of the loss the winning copy is chosen by the curvature alone.";
  requireThat(m === 1 || norm(gradient) > 0, "secondOrderRisk", "gradient", "other than 0 for m > 1", 0, hint);
  return firstOrderRisk(taylor, m, sigma) + (sigma ** 2 / 2) * expectedWinnerForm(hessian, gradient, m);
}

/**
 * E[z'Hz] of the copy z, among m standard normal vectors, that has the largest inner product with g:
 * tr H + (E M_m^2 - 1) u'Hu with u = g/|g|. For g = 0 the copy is any of them, and the expectation is tr H.
 */
export function expectedWinnerForm(form: QuadraticForm, gradient: Vector, m: number): number {
  const length = norm(gradient);
  if (length === 0) return form.trace;
  const u = gradient.map((value) => value / length);
  return form.trace + (expectedMaxSquared(m) - 1) * form.at(u);
}

function requireSigma(where: string, sigma: number): void {
  requireThat(sigma >= 0 && sigma < Number.POSITIVE_INFINITY, where, "sigma", "a finite number of at least 0", sigma);
}
