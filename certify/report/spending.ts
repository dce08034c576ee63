import type { SampledTheorem } from "../../src/core.js";
import type { LogHeader } from "../log/header.js";
import type { LogRow } from "../log/row.js";
import { theoremOfHeader, votesOf } from "../log/votes.js";
import { type Outcome, outcomesAt } from "../stop/outcome.js";
import { selectedClass } from "../theorem/decision.js";
import { stopsEarly } from "../theorem/rule.js";

/** What became of the images at one radius. */
export interface RadiusOutcomes extends Readonly<Record<Outcome, number>> {
  readonly radius: number;
  /**
   * Of the undecided images, those whose class A is the label: what certified accuracy could gain from them at most.
   */
  readonly undecidedRight: number;
}

/** What a stopped log cost, and what it left open. */
export interface StopSummary {
  /** Samples spent, selection included. */
  readonly spent: number;
  /** What they would have been without stopping. */
  readonly cap: number;
  /** At each radius of the rule; none for a rule without radii. */
  readonly outcomes: readonly RadiusOutcomes[];
}

/** Sums up the rows of a log of ours; undefined for a log of a fixed number of samples. */
export function summarizeStopping(rows: readonly LogRow[], header: LogHeader): StopSummary | undefined {
  if (!stopsEarly(header)) return undefined;
  const { n0, n, stop } = header;
  const theorem = theoremOfHeader(header);
  const decidable = stop.kind === "radii" && theorem !== undefined;
  return {
    spent: rows.reduce((sum, row) => sum + n0 + (row.n ?? 0), 0),
    cap: rows.length * (n0 + n),
    outcomes: decidable ? outcomesOf(rows, header, stop.radii, theorem) : [],
  };
}

function outcomesOf(
  rows: readonly LogRow[],
  header: LogHeader,
  radii: readonly number[],
  theorem: SampledTheorem,
): RadiusOutcomes[] {
  const images = rows.map((row) => {
    const votes = votesOf(row, header);
    const right = selectedClass(votes, header) === row.label;
    return { right, outcomes: outcomesAt(radii, votes, header, theorem) };
  });
  return radii.map((radius, i) => {
    const having = (outcome: Outcome) => images.filter((image) => image.outcomes[i] === outcome);
    return {
      radius,
      certified: having("certified").length,
      refuted: having("refuted").length,
      undecided: having("undecided").length,
      undecidedRight: having("undecided").filter(({ right }) => right).length,
    };
  });
}
