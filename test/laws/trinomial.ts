/** Pairs of trials, in each of which one of two succeeds alone, or both or neither do. */

/** The numbers of pairs in which A alone, and B alone, succeeds. */
export type Outcome = readonly [onlyFirst: number, onlySecond: number];

/** Every outcome of so many trials. */
export function outcomesOf(trials: number): Outcome[] {
  const counts = Array.from({ length: trials + 1 }, (_, i) => i);
  return counts.flatMap((a) => counts.slice(0, trials - a + 1).map((b): Outcome => [a, b]));
}

const logFactorial = (n: number): number => (n < 2 ? 0 : Math.log(n) + logFactorial(n - 1));

/** The trinomial probability of an outcome. */
export function trinomialProbability([a, b]: Outcome, trials: number, first: number, second: number): number {
  const power = (p: number, n: number): number => (n === 0 ? 1 : p ** n);
  const ways = logFactorial(trials) - logFactorial(a) - logFactorial(b) - logFactorial(trials - a - b);
  return Math.exp(ways) * power(first, a) * power(second, b) * power(Math.max(0, 1 - first - second), trials - a - b);
}
