/** What a log's images would be certified for with more samples, by the votes that they have. */
import { MAX_SAMPLES } from "../bounds/clopper-pearson.js";
import type { LogHeader } from "../log/header.js";
import type { LogRow } from "../log/row.js";
import { theoremOfHeader, votesOf } from "../log/votes.js";
import { hasVotes } from "../report/log-summary.js";
import { decide, largestRadius, selectedClass } from "../theorem/decision.js";

/** Certificates as they would be expected with more samples: no claim, and no certificate. */
export interface Forecast {
  readonly n: number;
  /** The largest radius that so many samples could certify. */
  readonly ceiling: number;
  readonly rows: readonly Pick<LogRow, "radius" | "correct">[];
}

/**
 * The radii that `times` as many samples would give if the class kept its share of votes, taken as (nA + 1/2)/(n + 1):
 * of unanimous votes, which tell least of how rare the others are, a few are expected to turn.
 *
 * @returns undefined for runs that stop early, without votes, of an unknown noise, or of too many samples
 */
export function forecastOf(rows: readonly LogRow[], header: LogHeader, times: number): Forecast | undefined {
  const theorem = theoremOfHeader(header);
  const n = header.n * times;
  const known = rows.every((row) => hasVotes(row, header));
  if (theorem === undefined || header.stop !== undefined || n > MAX_SAMPLES || !known) return undefined;
  const settings = { ...header, n };
  return {
    n,
    ceiling: largestRadius(settings, header.data.classes.length, theorem),
    rows: rows.map((row) => {
      const votes = votesOf(row, header);
      const counts = grown(votes.counts, selectedClass(votes, header), n);
      const { predict, radius } = decide({ ...votes, counts }, settings, theorem);
      return { radius, correct: predict === row.label };
    }),
  };
}

/** Votes that add up to n: the class's share of them, and the others' in proportion to what they had. */
function grown(counts: ArrayLike<number>, cA: number, n: number): Uint32Array {
  const before = Array.from(counts);
  const had = before.reduce((sum, votes) => sum + votes, 0);
  const nA = Math.floor((n * (before[cA] + 0.5)) / (had + 1));
  const rest = had - before[cA];
  const others = before.map((votes, c) => (c === cA || rest === 0 ? 0 : Math.floor(((n - nA) * votes) / rest)));
  const largest = others.indexOf(Math.max(...others.filter((_, c) => c !== cA)), cA === 0 ? 1 : 0);
  const result = Uint32Array.from(others);
  result[cA] = nA;
  result[largest] += n - result.reduce((sum, votes) => sum + votes, 0);
  return result;
}
