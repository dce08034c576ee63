/** Accuracies and radii as they are shown: never above what was proved. */

import { floorTo } from "../../src/core.js";
import type { CertifiedAccuracy } from "./curve-summary.js";

/** A radius as it was given where that is short, cut to six decimals otherwise. */
export function radiusText(radius: number): string {
  const exact = String(radius);
  return exact.length <= 8 ? exact : floorTo(radius, 6);
}

/** A certified fraction in percent with one decimal, cut and not rounded, from its counts and so without error. */
export function percentBelow({ count }: Pick<CertifiedAccuracy, "count">, points: number): string {
  return (Math.floor((1000 * count) / points) / 10).toFixed(1);
}

/** The same, rounded up. */
export function percentAbove({ count }: Pick<CertifiedAccuracy, "count">, points: number): string {
  return (Math.ceil((1000 * count) / points) / 10).toFixed(1);
}
