/**
 * What statistical tests take their tolerances from: bounds that hold for every sample size, so that the stated
 * false-failure probability is proved and not asymptotic.
 */

/** False-failure probability of one statistical assertion; a file with a hundred of them still stays below 1e-6. */
export const FALSE_FAILURE = 1e-8;

/**
 * The distance that an empirical distribution function of n draws exceeds with probability FALSE_FAILURE at most
 * (Dvoretzky, Kiefer, Wolfowitz; Massart).
 */
export function largestKsDistance(n: number): number {
  return Math.sqrt(Math.log(2 / FALSE_FAILURE) / (2 * n));
}

/** Kolmogorov-Smirnov distance of draws from a continuous distribution function. Sorts `draws`. */
export function ksDistance(draws: Float64Array, cdf: (x: number) => number): number {
  draws.sort();
  let distance = 0;
  for (let i = 0; i < draws.length; i++) {
    const p = cdf(draws[i]);
    distance = Math.max(distance, p - i / draws.length, (i + 1) / draws.length - p);
  }
  return distance;
}

/**
 * What |mean| of n independent, centred values in [-1, 1] exceeds with probability FALSE_FAILURE / comparisons at most
 * (Hoeffding).
 */
export function largestMean(n: number, comparisons = 1): number {
  return Math.sqrt((2 * Math.log((2 * comparisons) / FALSE_FAILURE)) / n);
}

/** The same for products of two independent standard normals: Chernoff with E exp(t z z') = (1 - t^2)^(-1/2). */
export function largestMeanProduct(n: number, comparisons = 1): number {
  const r = 1.01 * largestMean(n, comparisons);
  const exponent = n * (r * r + 0.5 * Math.log(1 - r * r));
  if (exponent < Math.log((2 * comparisons) / FALSE_FAILURE)) throw new Error("n is too small for this bound");
  return r;
}

/** ln k! for k = 0 .. n. */
function logFactorials(n: number): Float64Array {
  const table = new Float64Array(n + 1);
  for (let k = 2; k <= n; k++) table[k] = table[k - 1] + Math.log(k);
  return table;
}

/** P[Bin(n, p) = k] for k = 0 .. n, to about 1e-12 relative. */
export function binomialPmf(n: number, p: number): Float64Array {
  const logs = logFactorials(n);
  return Float64Array.from({ length: n + 1 }, (_, k) =>
    Math.exp(logs[n] - logs[k] - logs[n - k] + k * Math.log(p) + (n - k) * Math.log1p(-p)),
  );
}

/** P[Bin(n, p) >= k] for k = 0 .. n + 1. */
export function binomialTails(n: number, p: number): Float64Array {
  const tails = new Float64Array(n + 2);
  const pmf = binomialPmf(n, p);
  for (let k = n; k >= 0; k--) tails[k] = tails[k + 1] + pmf[k];
  return tails;
}

/** The smallest and the largest count of Bin(n, p), but for a probability of FALSE_FAILURE / comparisons. */
export function binomialRange(n: number, p: number, comparisons = 1): { least: number; most: number } {
  const tails = binomialTails(n, p);
  const failure = FALSE_FAILURE / (2 * comparisons);
  let least = 0;
  while (1 - tails[least + 1] <= failure) least += 1;
  let most = n;
  while (tails[most] <= failure) most -= 1;
  return { least, most };
}

/**
 * The same for a sum of independent 0-1 variables with the given mean, whatever their single probabilities (Chernoff).
 */
export function sumRange(mean: number): { least: number; most: number } {
  const excluded = (t: number): boolean =>
    (t === 0 ? mean : t * Math.log(t / mean) - t + mean) >= Math.log(2 / FALSE_FAILURE);
  let least = 0;
  while (least < mean && excluded(least)) least += 1;
  let most = Math.ceil(mean);
  while (!excluded(most + 1)) most += 1;
  return { least, most };
}
