/** Settings that a log of unknown origin may have been made with. */
import { exp, ln1p, normalUpperTail } from "../../src/core.js";
import type { Lattice, LatticeSettings } from "./lattice.js";
import type { RadiusInterval } from "./printing.js";

/** Noise levels of the literature, for pixels in [0, 1]. */
export const USUAL_SIGMAS: readonly number[] = [0.12, 0.25, 0.5, 1];
const USUAL_N: readonly number[] = [100, 500, 1000, 5000, 10_000, 20_000, 50_000, 100_000, 150_000, 200_000, 1_000_000];
const USUAL_ALPHAS: readonly number[] = [0.05, 0.025, 0.01, 0.005, 0.002, 0.001, 0.0005, 0.0001];
/** An alpha that the largest radius suggests is believed in if it has no more digits than that. */
const ALPHA_DIGITS = 3;
const SIGMA_DIGITS = 2;
const SMALLEST_ALPHA = 1e-12;

/** Settings to be held against a log. */
export interface Candidate {
  readonly settings: LatticeSettings;
  /** Whether its sigma or alpha was chosen so that the largest radius is a unanimous vote's. */
  readonly fromLargest: boolean;
}

/** What is said of a log, or known of it. */
export interface StatedSettings {
  readonly sigma?: number | undefined;
  readonly n?: number | undefined;
  readonly alpha?: number | undefined;
}

/**
 * The usual settings and those stated, each n with each alpha; for each sigma and n, also the alpha at which a
 * unanimous vote gives the largest radius of the log, and where sigma is not stated the sigma, if these are short
 * decimals.
 *
 * @param largest the values that the log's largest radius can stand for
 */
export function candidateSettings(
  largest: RadiusInterval,
  stated: StatedSettings,
  latticeOf: (n: number, alpha: number) => Lattice,
): Candidate[] {
  const sigmas = stated.sigma === undefined ? USUAL_SIGMAS : [stated.sigma];
  const sizes = including(USUAL_N, stated.n);
  const pairs = sizes.flatMap((n) => including(USUAL_ALPHAS, stated.alpha).map((alpha) => ({ n, alpha })));
  const usual = sigmas.flatMap((sigma) => pairs.map((pair) => ({ sigma, ...pair })));
  const suggested = sigmas.flatMap((sigma) => sizes.flatMap((n) => alphaOf(largest, sigma, n)));
  if (stated.sigma === undefined) {
    for (const { n, alpha } of pairs) suggested.push(...sigmaOf(largest, latticeOf(n, alpha)));
  }
  const seen = new Set(usual.map(keyOf));
  return [
    ...usual.map((settings) => ({ settings, fromLargest: false })),
    ...suggested.filter((settings) => !seen.has(keyOf(settings))).map((settings) => ({ settings, fromLargest: true })),
  ];
}

const including = (usual: readonly number[], stated: number | undefined): readonly number[] =>
  stated === undefined || usual.includes(stated) ? usual : [...usual, stated];

const keyOf = ({ sigma, n, alpha }: LatticeSettings): string => `${sigma} ${n} ${alpha}`;

/** The smallest alpha at which n unanimous votes certify `radius`: Phi(radius/sigma)^n. */
export function alphaReaching(radius: number, sigma: number, n: number): number {
  return exp(n * ln1p(-normalUpperTail(radius / sigma)));
}

function alphaOf({ lower, upper }: RadiusInterval, sigma: number, n: number): LatticeSettings[] {
  const alpha = shortDecimal(alphaReaching(lower, sigma, n), alphaReaching(upper, sigma, n), ALPHA_DIGITS);
  return alpha !== undefined && alpha >= SMALLEST_ALPHA && alpha <= 0.5 ? [{ sigma, n, alpha }] : [];
}

function sigmaOf({ lower, upper }: RadiusInterval, lattice: Lattice): LatticeSettings[] {
  const most = lattice.point(0);
  const sigma = most > 0 ? shortDecimal(lower / most, upper / most, SIGMA_DIGITS) : undefined;
  return sigma === undefined || USUAL_SIGMAS.includes(sigma) ? [] : [{ sigma, n: lattice.n, alpha: lattice.alpha }];
}

/**
 * The decimal of fewest digits near the middle of an interval that still lies in it; undefined if it takes more than
 * `most`.
 */
function shortDecimal(lower: number, upper: number, most: number): number | undefined {
  for (let digits = 1; digits <= most; digits++) {
    const rounded = Number(((lower + upper) / 2).toPrecision(digits));
    if (rounded >= lower && rounded <= upper && rounded > 0) return rounded;
  }
  return undefined;
}
