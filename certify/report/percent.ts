/** Accuracies and radii as they are shown: never above what was proved. */

import { ceilTo, floorTo } from "../../src/core.js";
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

/** {@link percentBelow}, with `>=` where a log's `--stop` doesn't list the radius: more may be certified there. */
export function percentAtLeast(
  { count, listed = true }: Pick<CertifiedAccuracy, "count"> & { readonly listed?: boolean | undefined },
  points: number,
): string {
  return `${listed ? "" : ">="}${percentBelow({ count }, points)}`;
}

/** {@link percentBelow}, rounded up. */
export function percentAbove({ count }: Pick<CertifiedAccuracy, "count">, points: number): string {
  return (Math.ceil((1000 * count) / points) / 10).toFixed(1);
}

const SMALLEST = 1e-12;

/** A p-value rounded up to two significant digits, but for its last bits, which are the computation's: 0.5 is 0.5. */
export function pText(p: number): string {
  if (p < SMALLEST) return `<${SMALLEST}`;
  const exponent = Number(p.toExponential(1).split("e")[1]);
  return String(Number(ceilTo(Number(p.toPrecision(12)), 1 - exponent)));
}

const DECIMALS = 6;

/** 1 - rho exactly: as a number where rho is short, as a difference elsewhere. Never 1. @param rho in (0, 1) */
export function complementText(rho: number): string {
  const isShort = Number(rho.toFixed(DECIMALS)) === rho;
  return isShort ? String(Number((1 - rho).toFixed(DECIMALS))) : `1 - ${rho}`;
}

/** A confidence in percent: to six digits where that is not above it, cut to four decimals elsewhere. Never 100. */
export function levelText(confidence: number): string {
  const level = Number((100 * confidence).toPrecision(6));
  return level / 100 <= confidence ? String(level) : String(Number(floorTo(100 * confidence, 4)));
}
