import { type Fraction, isAtMost } from "./exact.js";
import { BITS, type Enclosure, LOG_ERROR, log, ONE, PI } from "./fixed-point.js";

/**
 * The upper tail of the binomial distribution to 25 digits and more, between proved bounds: what the confidence bounds
 * are measured by. It is P[Bin(n, p) = k] (1 + r_1 + r_1 r_2 + ...), r_j = (n-k-j+1)/(k+j) p/q, with logarithms of
 * factorials from Stirling's series.
 */

/** B_2, B_4, ... B_24. */
const BERNOULLI: readonly (readonly [bigint, bigint])[] = [
  [1n, 6n],
  [-1n, 30n],
  [1n, 42n],
  [-1n, 30n],
  [5n, 66n],
  [-691n, 2730n],
  [7n, 6n],
  [-3617n, 510n],
  [43867n, 798n],
  [-174611n, 330n],
  [854513n, 138n],
  [-236364091n, 2730n],
];
const STIRLING_FROM = 64;
const HALF_LOG_2PI = (log(2n * PI) - log(ONE)) / 2n;

/** ln n! for n <= 2^30: within n + 1 times the error of ln n, and 2^24 units. */
export function logFactorial(n: number): bigint {
  if (n < STIRLING_FROM) return log(factorial(n));
  const N = BigInt(n);
  // Stirling's series is off by less than its first term left out: 2^-138 for B_26 at n = 64.
  let sum = ((2n * N + 1n) * log(N)) / 2n - N * ONE + HALF_LOG_2PI;
  let power = N;
  BERNOULLI.forEach(([numerator, denominator], i) => {
    const m = 2n * BigInt(i) + 2n;
    sum += (numerator * ONE) / (denominator * m * (m - 1n) * power);
    power *= N * N;
  });
  return sum;
}

function factorial(n: number): bigint {
  let product = 1n;
  for (let i = 2n; i <= BigInt(n); i++) product *= i;
  return product;
}

/** Of ln P[Bin(n, p) = k] below: the counts before the logarithms add up to less than 4n + 3 < 2^33. */
const FIRST_TERM_ERROR = LOG_ERROR << 34n;

/** ln P[Bin(n, p) = k], within {@link FIRST_TERM_ERROR}. */
function logFirstTerm(k: number, n: number, { numerator, denominator }: Fraction): bigint {
  const choose = logFactorial(n) - logFactorial(k) - logFactorial(n - k);
  const rest = n === k ? 0n : BigInt(n - k) * log(denominator - numerator);
  return choose + BigInt(k) * log(numerator) + rest - BigInt(n) * log(denominator);
}

/** Terms below 2^-80 are left to the remainder. */
const NEGLIGIBLE = ONE >> 80n;

/** 1 + r_1 + r_1 r_2 + ..., for p <= (k+1)/(n+1), where r_1 <= 1. */
function ratioSum(k: number, n: number, p: Fraction): Enclosure {
  const odds = (p.numerator << BITS) / (p.denominator - p.numerator);
  let term = ONE;
  let sum = ONE;
  let above = BigInt(n - k);
  let below = BigInt(k + 1);
  while (above > 0n && term > NEGLIGIBLE) {
    term = (((term * odds) >> BITS) * above) / below;
    sum += term;
    above -= 1n;
    below += 1n;
  }
  // All is rounded down. As every ratio and every term is at most 1, term j lacks 2n + 1 units more than the term
  // before it at most, and so their sum j^2 (2n + 1); the ratios fall, so that what is left out is less than a
  // geometric series.
  const terms = below - BigInt(k);
  const lost = terms * terms * BigInt(2 * n + 1);
  const ratio = ((odds + 1n) * above) / below + 1n;
  const remainder = ((term + lost) * ratio) / (ONE - ratio) + 1n;
  return { least: sum, most: sum + lost + remainder };
}

/** What is known of ln P[Bin(n, p) >= k]. */
export interface Tail extends Enclosure {
  /** d ln tail / d ln p = k / (1 + r_1 + ...), as a double. */
  readonly slope: number;
}

/**
 * ln P[Bin(n, p) >= k] for a fraction p in (0, (k+1)/(n+1)].
 *
 * @param k,n integers, 1 <= k <= n <= 2^30
 */
export function logTail(k: number, n: number, p: Fraction): Tail {
  const largest = { numerator: BigInt(k + 1), denominator: BigInt(n + 1) };
  if (!isAtMost(p, largest)) throw new Error("logTail: p is above (k+1)/(n+1)");
  const first = logFirstTerm(k, n, p);
  const sum = k === n ? { least: ONE, most: ONE } : ratioSum(k, n, p);
  const least = first - FIRST_TERM_ERROR + log(sum.least) - log(ONE) - 2n * LOG_ERROR;
  const most = first + FIRST_TERM_ERROR + log(sum.most) - log(ONE) + 2n * LOG_ERROR;
  return { least, most, slope: (k * 2 ** 160) / Number(sum.most) };
}
