import { requireThat } from "../errors.js";

/**
 * The cumulative probabilities of the discretised Gaussian, in BigInt fixed point: exact to 64 bits.
 */

/** Bits behind the point. The series below loses at most 75 of them to cancellation. */
const BITS = 192n;
/** 2^192 / sqrt(2 pi), rounded down. mpmath: floor(mpf(2)**192 / sqrt(2*pi)) at 90 digits. */
const INVERSE_ROOT_2PI = 2504201280626952864894549311249338563268063356138482501336n;
const ONE = 1n << 64n;
/** Beyond ten standard deviations the tail is below 2^-76. */
const FAR = 10n << BITS;

const UNITS = "It is in units of pixels in [0, 1]; for bytes write e.g. 64/255";

/** How far the integer noise reaches: 255 (kappa + 1), with kappa = max(1, floor(6 sigma)). */
export function gridReach(sigma: number): number {
  return 255 * (Math.max(1, Math.floor(6 * sigma)) + 1);
}

/** @throws ArgumentError for another sigma than those in (0, 16] */
export function requireGridSigma(sigma: number): void {
  requireThat(sigma > 0 && sigma <= 16, "gridNoise", "sigma", "in (0, 16]", sigma, UNITS);
}

/**
 * T_i = round(2^64 Phi((2j + 1) / (510 sigma))) for j = i - reach and i = 0 .. 2 reach - 1, at most 2^64 - 1: a uniform
 * 64-bit U stands for the noise level -reach + #{i : T_i <= U}. Each is within one unit of the exact value.
 *
 * @param sigma noise level in [0, 1] pixel units, in (0, 16] @throws ArgumentError for another sigma
 */
export function gridThresholds(sigma: number): BigUint64Array {
  requireGridSigma(sigma);
  const reach = gridReach(sigma);
  const [numerator, denominator] = rational(510, sigma);
  const thresholds = new BigUint64Array(2 * reach);
  for (let j = 0; j < reach; j++) {
    const x = ((BigInt(2 * j + 1) * denominator) << BITS) / numerator;
    const upper = ONE / 2n + ((centralMass(x) + (1n << 127n)) >> 128n);
    thresholds[reach + j] = upper < ONE ? upper : ONE - 1n;
    thresholds[reach - 1 - j] = ONE - upper;
  }
  return thresholds;
}

/** factor * sigma as an exact fraction. */
function rational(factor: number, sigma: number): [numerator: bigint, denominator: bigint] {
  let mantissa = sigma;
  let denominator = 1n;
  while (!Number.isInteger(mantissa)) {
    mantissa *= 2;
    denominator *= 2n;
  }
  return [BigInt(factor) * BigInt(mantissa), denominator];
}

/** Phi(x) - 1/2 for x >= 0, all in fixed point: (x - x^3/(2 3) + x^5/(8 5) - ...) / sqrt(2 pi). */
function centralMass(x: bigint): bigint {
  if (x > FAR) return 1n << (BITS - 1n);
  const square = (x * x) >> BITS;
  let power = x;
  let sum = x;
  for (let n = 1n; power > 0n; n++) {
    power = ((power * square) >> BITS) / (2n * n);
    const term = power / (2n * n + 1n);
    sum += n % 2n === 0n ? term : -term;
  }
  return (sum * INVERSE_ROOT_2PI) >> BITS;
}
