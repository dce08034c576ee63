/**
 * The radii that Cohen, Rosenfeld and Kolter's CERTIFY can return: as many as there are counts, and far apart at the
 * top.
 */
import { normalPdf, normalQuantile, normalQuantileLower, normalUpperTail } from "../../src/core.js";
import { clopperPearsonLower } from "../bounds/clopper-pearson.js";

/** What a radius depends on besides its count. */
export interface LatticeSettings {
  /** Noise level, greater than 0. */
  readonly sigma: number;
  /** Samples of the estimation, an integer in [1, 2^30]. */
  readonly n: number;
  /** Failure probability, in (0, 1/2]. */
  readonly alpha: number;
}

/** Steps that follow the slope before a search halves instead. */
const SLOPE_STEPS = 12;

/**
 * The radii for sigma = 1: point k is Phi^-1(CP(n - k, n, alpha)), rounded down, for k = 0, 1, ... votes against the
 * class, as long as it is above 0. Points are computed when they are asked for, and kept.
 */
export class Lattice {
  /** How many points are above 0. */
  readonly length: number;
  private readonly points = new Map<number, number>();

  /** @throws ArgumentError for arguments out of range, see `clopperPearsonLower` */
  constructor(
    readonly n: number,
    readonly alpha: number,
  ) {
    let [some, none] = [-1, n];
    while (none - some > 1) {
      const k = Math.floor((some + none) / 2);
      if (clopperPearsonLower(n - k, n, alpha) > 0.5) some = k;
      else none = k;
    }
    this.length = none;
  }

  /** Point k, an integer of at least 0; 0 from {@link length} on. */
  point(k: number): number {
    if (k >= this.length) return 0;
    const known = this.points.get(k);
    if (known !== undefined) return known;
    const point = normalQuantileLower(clopperPearsonLower(this.n - k, this.n, this.alpha));
    this.points.set(k, point);
    return point;
  }

  /** How many points are above z; so this is the first k with point(k) <= z. */
  countAbove(z: number): number {
    if (z <= 0) return this.length;
    let [above, rest] = [-1, this.length]; // point(above) > z >= point(rest)
    const perUnit = this.n * normalPdf(z);
    let k = this.guess(z);
    for (let step = 0; rest - above > 1; step++) {
      k = step < SLOPE_STEPS ? Math.min(Math.max(k, above + 1), rest - 1) : Math.floor((above + rest) / 2);
      const distance = this.point(k) - z;
      if (distance > 0) above = k;
      else rest = k;
      k += Math.round(distance * perUnit);
    }
    return rest;
  }

  /** Near {@link countAbove}, by the normal approximation of the binomial distribution. */
  private guess(z: number): number {
    const q = normalUpperTail(z);
    return Math.round(this.n * q + normalQuantile(this.alpha) * Math.sqrt(this.n * q * (1 - q)));
  }
}
