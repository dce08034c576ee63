import { ln, nextDown } from "../../src/core.js";
import { logUpperTail } from "./binomial-tail.js";

/**
 * The smallest q with P[Bin(n, p) > q] <= rho, proved by an evaluation of the tail with a bound on its error.
 *
 * @param n integer in [0, 2^30] @param p in (0, 1) @param rho in (0, 1/2]
 */
export function binomialQuantile(n: number, p: number, rho: number): number {
  // Up to the mean the tail is above 1/2 (the median is at least its floor).
  let q = Math.floor(n * p);
  while (q < n && !isRare(q + 1, n, p, rho)) q += 1;
  return q;
}

/** Whether P[Bin(n, p) >= k] <= rho is proved. */
function isRare(k: number, n: number, p: number, rho: number): boolean {
  if (p > k / n) return false;
  const tail = logUpperTail(k, n, p);
  return tail.log + tail.error <= nextDown(nextDown(ln(rho)));
}
