import { readFileSync } from "node:fs";
import fc from "fast-check";
import { gaussianTheorem } from "smoothcert";
import {
  binomialInterval,
  clopperPearsonUpper,
  isStopped,
  type LogHeader,
  type LogRow,
  looksOf,
  parseLog,
  radiusGrid,
  type StoppedSummary,
  summarizeCurve,
  summarizeLog,
  summarizeStopping,
  tableRadii,
} from "smoothcert/certify";
import { describe, expect, it } from "vitest";
import { votedRows, voteHeader } from "./voted-logs.js";

const LIST = [0, 0.25, 0.5];
const stopped = voteHeader({ stop: { kind: "radii", radii: LIST }, interval: "union" });

/** Whether an image of the right class is undecided, from the definition: neither certified nor beyond what its upper
 * bound allows, which has a quarter of alpha at n, and an equal share of the rest, less 2^-40 of it, at other looks. */
function isUndecided({ label, counts, counts0, n, radius, correct }: LogRow, at: number, header: LogHeader): boolean {
  const [selected] = counts0!.toSorted(([, a], [, b]) => b - a)[0];
  if (selected !== label || (correct && radius >= at)) return false;
  const looks = looksOf(header).length - 1;
  const level = header.alpha * (n === header.n ? 1 / 4 : ((3 / 4) * (1 - 2 ** -40)) / looks);
  const nA = counts!.find(([c]) => c === selected)?.[1] ?? 0;
  const limit = gaussianTheorem(header.sigma).radiusLimit(clopperPearsonUpper(nA, n!, level));
  return limit >= at && limit > 0;
}

describe("the summary of a log stopped by a list of radii", () => {
  it("has what is certified, and what is more at most, at its radii and at those asked for", () => {
    const radii = fc.array(fc.oneof(fc.constantFrom(...LIST), fc.double({ min: 0, max: 2, noNaN: true })));
    fc.assert(
      fc.property(votedRows(stopped), radii, (rows, asked) => {
        const summary = summarizeLog(rows, stopped, asked, 0.9) as StoppedSummary;
        expect(isStopped(summary)).toBe(true);
        expect(summary.outcomes.map(({ radius }) => radius)).toEqual(LIST);
        expect(summary.radii.map(({ radius }) => radius)).toEqual(asked);
        for (const one of [summary.clean, ...summary.outcomes, ...summary.radii]) {
          const { radius, count, undecided, atMost } = one;
          expect(one.listed).toBe(LIST.includes(radius));
          expect(count).toBe(rows.filter((row) => row.correct && row.radius >= radius).length);
          expect(undecided).toBe(rows.filter((row) => isUndecided(row, radius, stopped)).length);
          expect(one).toMatchObject(binomialInterval(count, rows.length, 0.9));
          const most = count + undecided;
          const interval = binomialInterval(most, rows.length, 0.9);
          expect(atMost).toEqual({ radius, count: most, accuracy: most / rows.length, ...interval });
        }
      }),
      { numRuns: 40 },
    );
  });

  it("has neither curve nor average radius, and other logs have", () => {
    fc.assert(
      fc.property(votedRows(stopped), (rows) => {
        expect(Object.keys(summarizeLog(rows, stopped, [], 0.9)).sort()).toEqual([
          "abstentions",
          "clean",
          "outcomes",
          "points",
          "radii",
        ]);
        for (const header of [undefined, voteHeader(), voteHeader({ stop: { kind: "precision", precision: 0.1 } })]) {
          expect(summarizeLog(rows, header, [0.5], 0.9)).toEqual(summarizeCurve(rows, [0.5], 0.9));
        }
      }),
      { numRuns: 10 },
    );
  });

  it("counts as undecided what an unknown law, or a row without votes, leaves open", () => {
    const rows: LogRow[] = [
      { idx: 0, label: 0, predict: 0, radius: 0.3, correct: true },
      { idx: 1, label: 0, predict: -1, radius: 0, correct: false },
      { idx: 2, label: 0, predict: 1, radius: 0.3, correct: false },
    ];
    const { outcomes } = summarizeLog(rows, stopped, [], 0.9) as StoppedSummary;
    expect(outcomes.map(({ count, undecided }) => [count, undecided])).toEqual([
      [1, 1],
      [1, 1],
      [0, 2],
    ]);
    const [n] = looksOf(stopped);
    const voted: LogRow = { ...rows[1], n, counts0: [[0, 10]], counts: [[1, n]] };
    const at = (noise: string) => (summarizeLog([voted], { ...stopped, noise }, [], 0.9) as StoppedSummary).clean;
    expect(at(stopped.noise).undecided).toBe(0);
    expect(at("another/law").undecided).toBe(1);
  });

  it("agrees with the summary of what stopping left open", () => {
    const read = (name: string) => readFileSync(new URL(`../../../bench/stopping/${name}`, import.meta.url), "utf8");
    const header: LogHeader = JSON.parse(read("to-1.5.json"));
    const { rows } = parseLog(read("to-1.5.tsv"), "to-1.5.tsv");
    const { outcomes } = summarizeLog(rows, header, [], 0.95) as StoppedSummary;
    const stopping = summarizeStopping(rows, header)!.outcomes;
    expect(outcomes.map(({ radius, undecided }) => [radius, undecided])).toEqual(
      stopping.map(({ radius, undecidedRight }) => [radius, undecidedRight]),
    );
  });
});

describe("tableRadii", () => {
  const rows: LogRow[] = [{ idx: 0, label: 0, predict: 0, radius: 1, correct: true }];
  const listed = (...radii: number[]) => ({ rows, header: voteHeader({ stop: { kind: "radii", radii } }) });

  it("is the grid of the rows, or the lists of the logs that were stopped", () => {
    expect(tableRadii([{ rows }, { rows, header: voteHeader() }])).toEqual(radiusGrid(rows));
    expect(tableRadii([{ rows }, listed(0, 0.75), listed(0.5, 0.75)])).toEqual([0, 0.5, 0.75]);
  });
});
