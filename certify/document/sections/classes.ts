import type { LogRow } from "../../log/row.js";
import { certifiedCount } from "../../report/curve.js";
import { radiusLabel } from "../../report/log-text.js";
import { percentBelow, radiusText } from "../../report/percent.js";
import { ABSTAIN } from "../../theorem/decision.js";
import type { Block } from "../blocks.js";
import { classNameOf } from "../class-names.js";
import type { Section } from "../section.js";
import type { Subject } from "../subject.js";

/** The most rows of a table for a person; the data have all. */
const MOST_SHOWN = 30;

/** What became of the images of one class. */
interface ClassOutcome {
  readonly label: number;
  readonly name: string;
  readonly images: number;
  readonly right: number;
  readonly wrong: number;
  readonly abstained: number;
  /** Certified right at the radii that are read first. */
  readonly certified: readonly number[];
}

/** Two classes between which the votes didn't decide, or that were taken for each other. */
interface Confusion {
  readonly label: number;
  readonly other: number;
  readonly images: number;
}

/** Figures of each class, and the classes between which the classifier abstains or errs. */
export const classes: Section = {
  id: "classes",
  title: "Classes, and what abstentions and errors confuse",
  prepare(subject) {
    const outcomes = outcomesOf(subject);
    const undecided = confusionsOf(subject, ({ predict }) => predict === ABSTAIN, rivalOf);
    const mistaken = confusionsOf(
      subject,
      ({ predict, correct }) => predict !== ABSTAIN && !correct,
      ({ predict }) => predict,
    );
    return {
      data: { classes: outcomes, abstentions: undecided, errors: mistaken },
      blocks: [
        outcomeTable(subject, outcomes),
        ...confusionTable(subject, undecided, "Abstentions, by label and the class with the most other votes"),
        ...confusionTable(subject, mistaken, "Errors, by label and the class certified in its place"),
      ],
    };
  },
};

function outcomesOf({ log, headline }: Subject): ClassOutcome[] {
  const labels = [...new Set(log.rows.map(({ label }) => label))].sort((a, b) => a - b);
  return labels.map((label) => {
    const own = log.rows.filter((row) => row.label === label);
    const right = own.filter(({ correct }) => correct).length;
    const abstained = own.filter(({ predict }) => predict === ABSTAIN).length;
    return {
      label,
      name: classNameOf(log, label),
      images: own.length,
      right,
      wrong: own.length - right - abstained,
      abstained,
      certified: headline.map((radius) => certifiedCount(own, radius)),
    };
  });
}

function outcomeTable({ log, headline }: Subject, outcomes: readonly ClassOutcome[]): Block {
  const worstFirst = outcomes.length <= MOST_SHOWN ? outcomes : outcomes.toSorted((a, b) => shareOf(a) - shareOf(b));
  const shown = worstFirst.slice(0, MOST_SHOWN);
  const which =
    shown.length < outcomes.length ? `: the ${shown.length} of ${outcomes.length} with the fewest right` : "";
  return {
    kind: "table",
    caption: `Images of each class; certified accuracy in percent, rounded down${which}`,
    columns: [
      "class",
      "images",
      "right",
      "wrong",
      "abstained",
      ...headline.map((radius) => `at ${radiusLabel([log.header])} ${radiusText(radius)}`),
    ],
    rows: shown.map(({ label, name, images, right, wrong, abstained, certified }) => [
      name === String(label) ? name : `${label} ${name}`,
      ...[images, right, wrong, abstained].map(String),
      ...certified.map((count) => percentBelow({ count }, images)),
    ]),
  };
}

const shareOf = ({ right, images }: ClassOutcome): number => right / images;

/** The class other than the label that has the most votes; undefined in logs without votes. */
function rivalOf({ label, counts = [] }: LogRow): number | undefined {
  const others = counts.filter(([c]) => c !== label);
  return others.toSorted(([, a], [, b]) => b - a)[0]?.[0];
}

function confusionsOf(
  { log: { rows } }: Subject,
  concerns: (row: LogRow) => boolean,
  other: (row: LogRow) => number | undefined,
): Confusion[] {
  const found = new Map<string, Confusion>();
  for (const row of rows.filter(concerns)) {
    const rival = other(row);
    if (rival === undefined) continue;
    const key = `${row.label} ${rival}`;
    found.set(key, { label: row.label, other: rival, images: (found.get(key)?.images ?? 0) + 1 });
  }
  return [...found.values()].sort((a, b) => b.images - a.images || a.label - b.label || a.other - b.other);
}

function confusionTable({ log }: Subject, confusions: readonly Confusion[], caption: string): Block[] {
  if (confusions.length === 0) return [];
  const shown = confusions.slice(0, MOST_SHOWN);
  const left = confusions.length - shown.length;
  return [
    {
      kind: "table",
      caption: left === 0 ? caption : `${caption} (${left} rarer ones left out)`,
      columns: ["label", "other class", "images"],
      rows: shown.map(({ label, other, images }) => [classNameOf(log, label), classNameOf(log, other), String(images)]),
    },
  ];
}
