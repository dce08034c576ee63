import { ceilTo, floorTo, type Pixels } from "../../../src/core.js";
import type { LogRow } from "../../log/row.js";
import { ABSTAIN } from "../../theorem/decision.js";
import type { Bar, Block, Picture, View } from "../blocks.js";
import { classNameOf } from "../class-names.js";
import type { Section } from "../section.js";
import type { Subject } from "../subject.js";

/** Images under one heading. */
const SHOWN = 4;
/** Classes whose votes are shown of an image. */
const CLASSES_SHOWN = 4;

/** Images worth a look: most and least robust, wrong with a large radius, without a class, the nearest attack. */
export const gallery: Section = {
  id: "gallery",
  title: "Images worth a look",
  prepare(subject) {
    const groups = groupsOf(subject).filter(({ rows }) => rows.length > 0);
    if (groups.length === 0) return undefined;
    const blocks = groups.map(
      ({ id, heading, rows }): Block => ({
        kind: "pictures",
        heading,
        pictures: rows.map((row) => pictureOf(row, subject, id === "attacked")),
      }),
    );
    const note: Block = { kind: "text", text: "Give the certified data (--data) to see the images themselves." };
    return {
      data: { groups: groups.map(({ id, rows }) => ({ id, images: rows.map(({ idx }) => idx) })) },
      blocks: subject.dataset === undefined ? [...blocks, note] : blocks,
    };
  },
};

interface Group {
  readonly id: string;
  readonly heading: string;
  readonly rows: readonly LogRow[];
}

function groupsOf(subject: Subject): Group[] {
  const { rows } = subject.log;
  const certified = rows.filter(({ predict }) => predict !== ABSTAIN).toSorted((a, b) => b.radius - a.radius);
  const right = certified.filter(({ correct }) => correct);
  const wrong = certified.filter(({ correct }) => !correct);
  const abstained = rows.filter(({ predict }) => predict === ABSTAIN);
  return [
    { id: "wrong", heading: "Wrong with the largest radii", rows: wrong.slice(0, SHOWN) },
    { id: "attacked", heading: "Nearest perturbation that changes the class", rows: nearestRow(subject) },
    { id: "least", heading: "Right with the smallest radii", rows: right.slice(-SHOWN).reverse() },
    { id: "abstained", heading: "Without a class", rows: abstained.slice(0, SHOWN) },
    { id: "most", heading: "Right with the largest radii", rows: right.slice(0, SHOWN) },
  ];
}

/** The image whose class the attack changed at the smallest norm. */
function nearestRow({ log, attack }: Subject): LogRow[] {
  const found = (attack?.rows ?? []).toSorted((a, b) => a.attackRadius - b.attackRadius)[0];
  if (found === undefined || found.attackRadius === Infinity) return [];
  return log.rows.filter(({ idx }) => idx === found.idx);
}

/** @param attacked whether the attack's image is shown too, where it is known */
function pictureOf(row: LogRow, subject: Subject, attacked: boolean): Picture {
  const { idx, label, predict, radius } = row;
  const { log, attack } = subject;
  const found = attack?.rows.find((result) => result.idx === idx);
  const answer = predict === ABSTAIN ? "no class" : `certified as ${classNameOf(log, predict)}`;
  const within = predict === ABSTAIN ? "" : ` within ${floorTo(radius, 4)}`;
  const changed =
    found === undefined || found.attackRadius === Infinity
      ? ""
      : `; the attack makes it ${classNameOf(log, found.attackPredict)} at ${ceilTo(found.attackRadius, 4)}`;
  return {
    idx,
    caption: `label ${classNameOf(log, label)}, ${answer}${within}${changed}`,
    views: viewsOf(row, subject, attacked),
    votes: barsOf(row, subject),
  };
}

function viewsOf({ idx }: LogRow, { dataset, nearest }: Subject, attacked: boolean): View[] {
  if (dataset === undefined || dataset.pixelType === "values") return [];
  const { shape } = dataset;
  const { pixels } = dataset.example(idx);
  const image: View = { text: `image ${idx}`, pixels, shape };
  if (!attacked || nearest === undefined || nearest.idx !== idx) return [image];
  return [
    image,
    { text: `image ${idx} as the attack changed it`, pixels: nearest.point, shape },
    { text: `difference, of which mid-grey is none`, pixels: differenceOf(pixels, nearest.point), shape },
  ];
}

/** Half of the difference around mid-grey, stretched so that its largest reaches black or white. */
function differenceOf(before: Pixels, after: Pixels): Uint8Array {
  const differences = Float64Array.from(after, (value, j) => value - before[j]);
  const largest = differences.reduce((most, difference) => Math.max(most, Math.abs(difference)), 0);
  const scale = largest === 0 ? 0 : 127 / largest;
  return Uint8Array.from(differences, (difference) => Math.round(128 + scale * difference));
}

/** The classes with the most votes of the estimation. */
function barsOf({ counts = [], label, n = 0 }: LogRow, { log }: Subject): Bar[] {
  return counts
    .toSorted(([, a], [, b]) => b - a)
    .slice(0, CLASSES_SHOWN)
    .map(([c, votes]) => ({
      name: classNameOf(log, c),
      value: String(votes),
      share: votes / Math.max(1, n),
      marked: c === label,
    }));
}
