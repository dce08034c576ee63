import { ceilTo, floorTo } from "../../../src/core.js";
import type { LogRow } from "../../log/row.js";
import { radiusLabel } from "../../report/log-text.js";
import { ABSTAIN } from "../../theorem/decision.js";
import { classNameOf } from "../class-names.js";
import type { Section } from "../section.js";
import type { Subject } from "../subject.js";

/** The marks of the results, which sort and filter. */
const RIGHT = "\u2713";
const WRONG = "\u2717";
const NONE = "\u2013";

/** Every image with its certificate; each can be linked to. */
export const images: Section = {
  id: "images",
  title: "All images",
  prepare(subject) {
    const columns = columnsOf(subject);
    return {
      data: { rows: subject.log.rows },
      blocks: [
        {
          kind: "rows",
          caption: `Radii are rounded down. ${RIGHT} right, ${WRONG} wrong, ${NONE} no class`,
          columns: columns.map(({ name }) => name),
          rows: subject.log.rows.map((row) => columns.map(({ cell }) => cell(row))),
          filter: columns.findIndex(({ name }) => name === "result"),
        },
      ],
    };
  },
};

/** In longer tables classes stand as numbers, so that ten thousand rows stay a small file. */
const MOST_NAMED = 5000;

interface Column {
  readonly name: string;
  cell(row: LogRow): string;
}

function columnsOf({ log, attack }: Subject): Column[] {
  const attacked = new Map(attack?.rows.map(({ idx, attackRadius }) => [idx, attackRadius]));
  const fixed = log.header !== undefined && log.header.stop === undefined;
  const voted = log.rows.some(({ nA }) => nA !== undefined);
  const nameOf = (c: number): string =>
    log.rows.length > MOST_NAMED && c !== ABSTAIN ? String(c) : classNameOf(log, c);
  return [
    { name: "image", cell: ({ idx }) => String(idx) },
    { name: "label", cell: ({ label }) => nameOf(label) },
    { name: "class", cell: ({ predict }) => nameOf(predict) },
    { name: "result", cell: ({ predict, correct }) => (predict === ABSTAIN ? NONE : correct ? RIGHT : WRONG) },
    { name: radiusLabel([log.header]), cell: ({ radius }) => floorTo(radius, 4) },
    ...(voted ? [{ name: "votes", cell: ({ nA = 0 }: LogRow) => String(nA) }] : []),
    ...(voted && !fixed ? [{ name: "samples", cell: ({ n = 0 }: LogRow) => String(n) }] : []),
    ...(attack ? [{ name: "attack", cell: ({ idx }: LogRow) => attackText(attacked.get(idx)) }] : []),
  ];
}

function attackText(norm: number | undefined): string {
  if (norm === undefined) return "";
  return norm === Infinity ? "none" : ceilTo(norm, 4);
}
