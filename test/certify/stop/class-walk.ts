import { type CertifySettings, looksOf, type Votes } from "smoothcert/certify";

/** Runs of a few classes as walks over the votes of all of them, one step from look to look. */

/** Whether the votes of a look prove what isn't so. */
export type WrongVotes = (votes: Votes) => boolean;

/**
 * The probability that a run has wrong votes at some look: the most that any rule for stopping can make of it. Exact
 * but for rounding, by dynamic programming.
 *
 * @param p the classes' probabilities @param counts0 the votes of the selection
 */
export function everWrong(
  settings: CertifySettings,
  p: readonly number[],
  counts0: readonly number[],
  wrong: WrongVotes,
): number {
  let alive = new Map([[p.map(() => 0).join(" "), 1]]);
  let [before, total] = [0, 0];
  for (const look of looksOf(settings)) {
    const next = new Map<string, number>();
    for (const step of compositions(look - before, p.length)) {
      const chance = multinomial(step, p);
      for (const [key, reached] of alive) {
        const counts = key.split(" ").map((votes, c) => Number(votes) + step[c]);
        const state = counts.join(" ");
        next.set(state, (next.get(state) ?? 0) + reached * chance);
      }
    }
    for (const [key, chance] of next) {
      if (!wrong({ counts0, counts: key.split(" ").map(Number), v: 1 })) continue;
      total += chance;
      next.delete(key);
    }
    [alive, before] = [next, look];
  }
  return total;
}

/** All ways to give a number of votes to so many classes. */
export function compositions(votes: number, classes: number): number[][] {
  if (classes === 1) return [[votes]];
  return Array.from({ length: votes + 1 }, (_, first) =>
    compositions(votes - first, classes - 1).map((rest) => [first, ...rest]),
  ).flat();
}

/** The probability of votes, each of which goes to class c with probability p[c]. */
export function multinomial(votes: readonly number[], p: readonly number[]): number {
  let [chance, drawn] = [1, 0];
  votes.forEach((count, c) => {
    for (let k = 1; k <= count; k++) chance *= ((drawn + k) / k) * p[c];
    drawn += count;
  });
  return chance;
}
