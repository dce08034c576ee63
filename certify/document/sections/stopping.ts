import { floorTo } from "../../../src/core.js";
import { radiusLabel, stopText } from "../../report/log-text.js";
import { radiusText } from "../../report/percent.js";
import { summarizeStopping } from "../../report/spending.js";
import type { Bar, Block } from "../blocks.js";
import type { Section } from "../section.js";
import type { Subject } from "../subject.js";

/** What early stopping spent, and what it left open. */
export const stopping: Section = {
  id: "stopping",
  title: "What early stopping spent",
  prepare({ log }) {
    const { rows, header } = log;
    const summary = header && summarizeStopping(rows, header);
    if (header?.stop === undefined || summary === undefined) return undefined;
    const { spent, cap, outcomes } = summary;
    const blocks: Block[] = [
      {
        kind: "text",
        text:
          `Images ${stopText(header.stop)}. ${spent} samples were drawn where ${cap} would have been without ` +
          `stopping: ${floorTo(cap / spent, 1)} times fewer. The certificates hold as they would otherwise.`,
      },
      { kind: "bars", caption: "Images by samples spent", columns: ["samples", "images"], bars: histogram(log.rows) },
    ];
    if (outcomes.length > 0) {
      blocks.push({
        kind: "table",
        caption: "What became of the images at each radius",
        columns: [radiusLabel([header]), "certified", "can't be certified", "undecided", "of these right"],
        rows: outcomes.map(({ radius, certified, refuted, undecided, undecidedRight }) => [
          radiusText(radius),
          ...[certified, refuted, undecided, undecidedRight].map(String),
        ]),
      });
    }
    return { data: { ...summary, rule: header.stop }, blocks };
  },
};

/** Images by the power of two that their samples don't reach. */
function histogram(rows: Subject["log"]["rows"]): Bar[] {
  const counts = new Map<number, number>();
  for (const { n = 0 } of rows) {
    const cell = Math.ceil(Math.log2(n + 1));
    counts.set(cell, (counts.get(cell) ?? 0) + 1);
  }
  const most = Math.max(...counts.values());
  return [...counts]
    .sort(([a], [b]) => a - b)
    .map(([cell, count]) => ({
      name: `${2 ** (cell - 1)} to ${2 ** cell - 1}`,
      value: String(count),
      share: count / most,
    }));
}
