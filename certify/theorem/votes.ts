/** Votes, before anything is concluded from them. */

/** The votes of one image. */
export interface Votes {
  /** By class, of the selection; no element counts if n0 = 0. */
  readonly counts0: ArrayLike<number>;
  /** By class, of the estimation; they add up to n, or to an earlier look if the settings let a run stop there. */
  readonly counts: ArrayLike<number>;
  /** The draw of a randomised bound, in (0, 1]; without effect on others. */
  readonly v: number;
}

/** How many votes there are. */
export function votesIn(counts: ArrayLike<number>): number {
  let sum = 0;
  for (let c = 0; c < counts.length; c++) sum += counts[c];
  return sum;
}

/** The class with the most votes; the first of equals. */
export function mostVoted(counts: ArrayLike<number>): number {
  let best = 0;
  for (let c = 1; c < counts.length; c++) if (counts[c] > counts[best]) best = c;
  return best;
}

/** The most votes of a class other than cA. */
export function mostOfOthers(counts: ArrayLike<number>, cA: number): number {
  let most = 0;
  for (let c = 0; c < counts.length; c++) if (c !== cA) most = Math.max(most, counts[c]);
  return most;
}

/** The class other than cA with the most votes; the first of equals. */
export function mostVotedOther(counts: ArrayLike<number>, cA: number): number {
  const most = mostOfOthers(counts, cA);
  return Array.from(counts).findIndex((count, c) => c !== cA && count === most);
}

/** The classes other than cA; of those with the same votes in selection and estimation, one. */
export function othersByVotes({ counts0, counts }: Pick<Votes, "counts0" | "counts">, cA: number): readonly number[] {
  const others = new Map<string, number>();
  for (let c = 0; c < counts.length; c++) if (c !== cA) others.set(`${counts0[c]} ${counts[c]}`, c);
  return [...others.values()];
}

/** Votes that all go to the first class. */
export function unanimous({ n0, n }: { readonly n0: number; readonly n: number }, classes: number, v: number): Votes {
  const all = (votes: number): number[] => Array.from({ length: classes }, (_, c) => (c === 0 ? votes : 0));
  return { counts0: all(n0), counts: all(n), v };
}
