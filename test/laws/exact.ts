/** Exact arithmetic on doubles: a double is an integer over a power of two, and BigInt rounds nothing. */

/** numerator / denominator. */
export interface Fraction {
  readonly numerator: bigint;
  readonly denominator: bigint;
}

/** A finite double as the fraction it is. */
export function fractionOf(x: number): Fraction {
  let exponent = 0;
  let value = x;
  while (!Number.isInteger(value)) {
    value *= 2; // exact
    exponent += 1;
  }
  return { numerator: BigInt(value), denominator: 1n << BigInt(exponent) };
}

/** A decimal text such as -1.25e-3 as the fraction it is. */
export function fractionOfDecimal(text: string): Fraction {
  const [, sign, whole, digits = "", exponent = "0"] = /^(-?)(\d+)\.?(\d*)(?:e([+-]?\d+))?$/.exec(
    text,
  ) as RegExpExecArray;
  const scale = Number(exponent) - digits.length;
  const magnitude = BigInt(whole + digits) * 10n ** BigInt(Math.max(scale, 0));
  return { numerator: sign === "-" ? -magnitude : magnitude, denominator: 10n ** BigInt(Math.max(-scale, 0)) };
}

export function product(a: Fraction, b: Fraction): Fraction {
  return { numerator: a.numerator * b.numerator, denominator: a.denominator * b.denominator };
}

export function isAtMost(a: Fraction, b: Fraction): boolean {
  return a.numerator * b.denominator <= b.numerator * a.denominator;
}

/** (a - b) / b as a double, to a few digits. */
export function relativeDifference(a: Fraction, b: Fraction): number {
  const difference = a.numerator * b.denominator - b.numerator * a.denominator;
  const unit = b.numerator * a.denominator;
  return Number((difference << 120n) / unit) / 2 ** 120;
}

/**
 * Whether P[Bin(n, p) > k] + v P[Bin(n, p) = k] <= alpha for the very doubles p in (0, 1], alpha and v; for v = 1,
 * whether P[Bin(n, p) >= k] is. No rounding anywhere.
 */
export function tailIsAtMost(k: number, n: number, p: number, alpha: number, v = 1): boolean {
  const { numerator: P, denominator } = fractionOf(p);
  const Q = denominator - P;
  const weight = fractionOf(v);
  // sum over i >= k of C(n, i) P^i Q^(n-i) = P^k (C(n, k) Q^(n-k) + P (C(n, k+1) Q^(n-k-1) + P (...)))
  let sum = 0n;
  let power = 1n;
  let choose = 1n;
  for (let i = n; i >= k; i--) {
    sum = sum * P + choose * power * (i === k ? weight.numerator : weight.denominator);
    power *= Q;
    choose = (choose * BigInt(i)) / BigInt(n - i + 1);
  }
  const tail = {
    numerator: sum * P ** BigInt(k),
    denominator: denominator ** BigInt(n) * weight.denominator,
  };
  return isAtMost(tail, fractionOf(alpha));
}
