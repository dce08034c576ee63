import type { LogHeader } from "smoothcert/certify";
import { completeRunSettings } from "smoothcert/train";
import { expect, it } from "vitest";
import { bestTable } from "../../bench/tables/best.js";
import { type Group, groupsOf } from "../../bench/tables/models.js";
import { SOME_HEADER } from "../certify/log/some-header.js";

/** A method at some sigma, whose images are certified, right, at these radii. */
function groupOf(
  objective: { name: string; copies?: number },
  sigma: number,
  radii: readonly number[],
  stop?: LogHeader["stop"],
): Group {
  const rows = radii.map((radius, idx) => ({ idx, label: 0, predict: 0, radius, correct: true, time: 1 }));
  const header = { ...SOME_HEADER, sigma, ...(stop && { stop }) };
  const settings = completeRunSettings({ objective: objective as { name: string }, sigma });
  const [group] = groupsOf([{ settings, seconds: 1, log: { file: "log.tsv", rows, header } }]);
  return group;
}

it("shows of each method the best at each radius, of equal ones the first, and of none where nothing decided", () => {
  const groups = [
    groupOf({ name: "gaussian" }, 0.5, [0.5, 0.5, 0.5, 0.4]),
    groupOf({ name: "gaussian" }, 1, [1, 1, 0.1, 0.1]),
    groupOf({ name: "maxup", copies: 4 }, 0.5, [0.5, 0.5, 0.1, 0.1], { kind: "radii", radii: [0, 0.5] }),
    groupOf({ name: "maxup", copies: 25 }, 0.5, [0.5, 0.5, 0.5, 0.1], { kind: "radii", radii: [0, 0.5] }),
  ];
  expect(bestTable(groups, [0, 0.5, 1]).split("\n").slice(2)).toEqual([
    "| gaussian | 100.0 (0.5) | 75.0 (0.5) | 50.0 (1) |",
    "| maxup | 100.0 (0.5, 4) | 75.0 (0.5, 25) |  |",
  ]);
});
