import { nextDown, requireInteger, requireThat } from "../../src/core.js";
import { binomialQuantile } from "../bounds/binomial-quantile.js";
import { clopperPearsonLower, MAX_SAMPLES } from "../bounds/clopper-pearson.js";

/**
 * What a set of certificates says together. Each fails with probability alpha at most, by noise of its own, so that the
 * number of failures among m is at most a Bin(m, alpha) variable in distribution: Theorem 6 of Cohen, Rosenfeld and
 * Kolter (2019), with the binomial itself in place of Bernstein's inequality.
 */

/** What is claimed at one radius, each with probability at least 1 - rho. */
export interface Statement {
  /** Points of the log that are certified correct at the radius. */
  readonly certified: number;
  /**
   * How many of the log's points the smoothed classifier truly gets right all over the ball, at least: at this radius
   * by itself.
   */
  readonly atLeast: number;
  /** The same, at all radii at once. */
  readonly atLeastTogether: number;
  /**
   * The probability, at least, that it gets a fresh point right all over the ball, if the log's points are independent
   * draws from the same source: at this radius by itself, over noise and choice of points.
   */
  readonly population: number;
}

/**
 * What `certified` correct certificates among `points` say.
 *
 * @param certified integer in [0, points]
 * @param points integer in [1, 2^30]
 * @param alpha failure probability of each certificate, in (0, 1/2]
 * @param rho failure probability of each part of the statement, in (0, 1/2]
 * @throws ArgumentError for arguments out of range
 */
export function statementOf(certified: number, points: number, alpha: number, rho: number): Statement {
  requireInteger(points, "statementOf", "points", 1, MAX_SAMPLES);
  requireInteger(certified, "statementOf", "certified", 0, points);
  const share = clopperPearsonLower(certified, points, rho);
  return {
    certified,
    atLeast: fewestTrue(certified, points, alpha, rho),
    atLeastTogether: Math.max(0, certified - mostFailures(points, alpha, rho)),
    population: Math.max(0, nextDown(nextDown(share - alpha) / (1 - alpha))),
  };
}

/**
 * The smallest g with certified - g <= q, the (1 - rho)-quantile of Bin(points - g, alpha): were fewer than g points
 * truly robust, the others would have had to fail more often than they do but for a probability rho.
 */
function fewestTrue(certified: number, points: number, alpha: number, rho: number): number {
  let g = Math.max(0, certified - mostFailures(points, alpha, rho));
  while (certified - g > mostFailures(points - g, alpha, rho)) g += 1;
  return g;
}

/**
 * How many of `points` certificates fail at most, but for a probability rho: the smallest q with P[Bin(points, alpha) >
 * q] <= rho, proved.
 *
 * @param points integer in [0, 2^30] @param alpha,rho in (0, 1/2]
 */
export function mostFailures(points: number, alpha: number, rho: number): number {
  requireInteger(points, "mostFailures", "points", 0, MAX_SAMPLES);
  requireThat(alpha > 0 && alpha <= 0.5, "mostFailures", "alpha", "in (0, 1/2]", alpha);
  requireThat(rho > 0 && rho <= 0.5, "mostFailures", "rho", "in (0, 1/2]", rho);
  return binomialQuantile(points, alpha, rho);
}
