import { normalQuantile } from "smoothcert";
import { ABSTAIN, type CertifySettings, type Decision, decide, endsAt, looksOf, type Votes } from "smoothcert/certify";
import { binomialPmf } from "../../laws/statistics.js";
import { gaussianAt } from "../../laws/theorem.js";

/** A run of two classes as a walk: how many votes class 0 has at each look. */

export const SIGMA = 1;
const THEOREM = gaussianAt(SIGMA);

/** What is known of each number of votes at each look; computed when first asked for. */
export interface Procedure {
  readonly settings: CertifySettings;
  readonly looks: readonly number[];
  decision(look: number, votes: number): Decision;
  ends(look: number, votes: number): boolean;
}

/**
 * The selection gave class 0 so many votes; it chose class 0 if these are half of them or more.
 *
 * @param votes0 by default all
 */
export function procedureOf(settings: CertifySettings, votes0 = settings.n0): Procedure {
  const votesOf = (look: number, votes: number): Votes => ({
    counts0: [votes0, settings.n0 - votes0],
    counts: [votes, look - votes],
    v: 1,
  });
  return {
    settings,
    looks: looksOf(settings),
    decision: memoised((look, votes) => decide(votesOf(look, votes), settings, THEOREM)),
    ends: memoised((look, votes) => endsAt(votesOf(look, votes), settings, THEOREM)),
  };
}

function memoised<T>(compute: (look: number, votes: number) => T): (look: number, votes: number) => T {
  const known = new Map<number, T>();
  return (look, votes) => {
    const key = look * 2 ** 20 + votes;
    if (!known.has(key)) known.set(key, compute(look, votes));
    return known.get(key) as T;
  };
}

/**
 * Whether a certificate is false if class 0 has probability p >= 1/2, and so the robust radius sigma Phi^-1(p) that
 * `robust` says.
 */
export function isFalse({ predict, radius }: Decision, robust: number): boolean {
  if (predict === ABSTAIN) return false;
  return predict === 1 || radius > robust;
}

/** Probabilities, exact but for rounding. */
export interface Exact {
  /** That the run ends with a false certificate. */
  readonly wrong: number;
  /** That it would certify something false at some look: the most that any rule for stopping can make of it. */
  readonly everWrong: number;
  /** Mean number of samples. */
  readonly samples: number;
}

/** By dynamic programming over the looks. */
export function exactly(procedure: Procedure, p: number, robust = SIGMA * normalQuantile(p)): Exact {
  const wrongAt = (look: number, votes: number): boolean => isFalse(procedure.decision(look, votes), robust);
  const run = walk(procedure, p, procedure.ends, wrongAt);
  const adversary = walk(procedure, p, wrongAt, wrongAt);
  return { wrong: run.wrong, everWrong: adversary.wrong, samples: run.samples };
}

type Test = (look: number, votes: number) => boolean;

function walk({ looks }: Procedure, p: number, ends: Test, wrong: Test): { wrong: number; samples: number } {
  const result = { wrong: 0, samples: 0 };
  let [alive, before] = [Float64Array.of(1), 0];
  for (const look of looks) {
    alive = convolve(alive, binomialPmf(look - before, p));
    before = look;
    for (let votes = 0; votes <= look; votes++) {
      if (look < (looks.at(-1) as number) && !ends(look, votes)) continue;
      if (wrong(look, votes)) result.wrong += alive[votes];
      result.samples += look * alive[votes];
      alive[votes] = 0;
    }
  }
  return result;
}

function convolve(a: Float64Array, b: Float64Array): Float64Array<ArrayBuffer> {
  const result = new Float64Array(a.length + b.length - 1);
  for (let i = 0; i < a.length; i++) {
    if (a[i] > 0) for (let j = 0; j < b.length; j++) result[i + j] += a[i] * b[j];
  }
  return result;
}
