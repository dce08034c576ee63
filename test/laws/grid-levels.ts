import { normalCdf, normalUpperTail } from "smoothcert";

/** The Gaussian rounded to the grid of bytes: J with P[J = j] = Phi((2j+1)/(510 sigma)) - Phi((2j-1)/(510 sigma)). */

/** P[a <= J <= b]; from the nearer tail. */
export function massBetween(a: number, b: number, sigma: number): number {
  const [from, to] = [(2 * a - 1) / (510 * sigma), (2 * b + 1) / (510 * sigma)];
  return from > 0 ? normalUpperTail(from) - normalUpperTail(to) : normalCdf(to) - normalCdf(from);
}

/** Bins of levels that tile (-Infinity, Infinity). */
export interface LevelBins {
  /** Each bin's last level. */
  readonly ends: readonly number[];
  readonly masses: readonly number[];
}

/** The narrowest bins that hold a share of `least` or more each. */
export function levelBins(sigma: number, least: number): LevelBins {
  const ends: number[] = [];
  const masses: number[] = [];
  let start = -Infinity;
  for (let j = -1300; j < 1300; j++) {
    const mass = massBetween(start, j, sigma);
    if (mass < least || massBetween(j + 1, Infinity, sigma) < least) continue;
    ends.push(j);
    masses.push(mass);
    start = j + 1;
  }
  ends.push(Infinity);
  masses.push(massBetween(start, Infinity, sigma));
  return { ends, masses };
}

/** The bin of each level from -`reach` to `reach`, at index level + reach. */
export function binTable({ ends }: LevelBins, reach: number): Uint16Array {
  return Uint16Array.from({ length: 2 * reach + 1 }, (_, i) => ends.findIndex((end) => i - reach <= end));
}

/** The level that a 64-bit uniform u stands for: #{i : T_i <= u}, less half of all. */
export function levelOf(u: bigint, thresholds: BigUint64Array): number {
  let from = 0;
  let to = thresholds.length;
  while (from < to) {
    const middle = (from + to) >>> 1;
    if (thresholds[middle] <= u) from = middle + 1;
    else to = middle;
  }
  return from - thresholds.length / 2;
}
