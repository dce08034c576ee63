import { nextDown, nextUp } from "../../src/core.js";

/**
 * A lower bound on a probability under the law that was sampled, made one under the exact law: lowered by their total
 * variation distance, rounded down.
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
