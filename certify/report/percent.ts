/** Accuracies and radii as they are shown: never above what was proved. */

import { floorTo } from "../../src/core.js";
import type { CertifiedAccuracy } from "./curve-summary.js";
import type { StoppedAccuracy } from "./log-summary.js";

/** A radius as it was given where that is short, cut to six decimals otherwise. */
export function radiusText(radius: number): string {
  const exact = String(radius);
  return exact.length <= 8 ? exact : floorTo(radius, 6);
}

/** A certified fraction in percent with one decimal, cut and not rounded, from its counts and so without error. */
export function percentBelow({ count }: Pick<CertifiedAccuracy, "count">, points: number): string {
  return (Math.floor((1000 * count) / points) / 10).toFixed(1);
}

/** {@link percentBelow} of a log, with `>=` at a radius that its `--stop` leaves out: more may be certified there. */
export function percentAtLeast(at: CertifiedAccuracy | StoppedAccuracy, points: number): string {
  return `${"listed" in at && !at.listed ? ">=" : ""}${percentBelow(at, points)}`;
}

/** {@link percentBelow}, rounded up. */
export function percentAbove({ count }: Pick<CertifiedAccuracy, "count">, points: number): string {
  return (Math.ceil((1000 * count) / points) / 10).toFixed(1);
}
