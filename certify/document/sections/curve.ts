import type { AccuracySeries } from "../../../src/plot/index.js";
import { counted } from "../../../src/text/counted.js";
import type { AttackSummary } from "../../attack/attack-summary.js";
import { comparisonWarnings } from "../../report/comparison.js";
import type { CurveStep } from "../../report/curve.js";
import { certifiedCount } from "../../report/curve.js";
import { isStopped, speaksAt, summarizeLog } from "../../report/log-summary.js";
import { radiusLabel, unitsOf } from "../../report/log-text.js";
import { levelText, percentAbove, percentAtLeast, percentBelow, radiusText } from "../../report/percent.js";
import { attackSummaryOf } from "../attack.js";
import type { Block, TableBlock } from "../blocks.js";
import { seriesOf, thinned } from "../figures.js";
import { PUBLISHED_N, publishedBeside, publishedRadii } from "../published.js";
import type { Section } from "../section.js";
import type { ReportedRows, Subject } from "../subject.js";

/** Certified accuracy against the radius, with the attack's and published results beside. */
export const curve: Section = {
  id: "curve",
  title: "Certified accuracy",
  prepare(subject) {
    const { log, radii, confidence } = subject;
    const beside = [...derivedAgain(subject), ...subject.beside];
    const summary = summarizeLog(log.rows, log.header, radii, confidence);
    const attacked = subject.attack && attackSummaryOf(log, subject.attack, radii);
    const published = publishedOf(subject);
    const headers = [log, ...beside].map(({ header }) => header);
    const series = [
      seriesOf(log, confidence, true),
      ...attackSeries(attacked, log.rows.length),
      ...beside.map((other) => seriesOf(other, confidence, false)),
    ];
    const level = levelText(confidence);
    return {
      data: {
        radii: summary.radii,
        ...(isStopped(summary) ? { outcomes: summary.outcomes } : { acr: summary.acr, curve: summary.curve }),
        ...(attacked && { attack: { radii: attacked.radii, images: attacked.points } }),
        beside: beside.map(({ label, file, rows, header }) => ({
          label,
          file,
          radii: summarizeLog(rows, header, radii, confidence).radii.map((at) => ({
            radius: at.radius,
            count: at.count,
            points: rows.length,
            ...("listed" in at && { listed: at.listed, undecided: at.undecided }),
          })),
        })),
        published: published.results,
      },
      blocks: [
        {
          kind: "figure",
          caption:
            "The share of images that are classified right with a certified radius of at least the one on the axis. " +
            `The band is the ${level}% interval for the choice of images, at each radius by itself.`,
          figure: {
            kind: "curve",
            series,
            options: {
              radiusLabel: radiusLabel(headers),
              units: unitsOf(headers),
              bandLabel: `${level}% confidence`,
              ...(attacked && { yLabel: "accuracy (%)" }),
            },
          },
          table: tableOf(subject, beside, attacked),
        },
        ...unlistedNote(subject, beside),
        ...comparisonWarnings([log, ...subject.beside]).map(
          (text): Block => ({ kind: "text", text: `${text}.`, warning: true }),
        ),
        ...published.blocks,
      ],
    };
  },
};

/** Another tool's log at the common alpha of its audit, each radius from the fewest votes that print so. */
function derivedAgain({ log: { file }, foreignAudit }: Subject): ReportedRows[] {
  const recertified = foreignAudit?.recertified;
  if (recertified === undefined) return [];
  return [{ file, label: `derived again at alpha = ${recertified.settings.alpha}`, rows: recertified.rows }];
}

function tableOf(subject: Subject, beside: readonly ReportedRows[], attacked: AttackSummary | undefined): TableBlock {
  const { log, radii, confidence } = subject;
  const points = log.rows.length;
  const summary = summarizeLog(log.rows, log.header, radii, confidence);
  const besides = beside.map((other) => besideColumns(other, subject));
  const isPart = attacked !== undefined && attacked.points < points;
  return {
    kind: "table",
    caption: attacked
      ? `Accuracy in percent: certified, rounded down, and under the attack of ${isPart ? "the first " : ""}` +
        `${counted(attacked.points, "image")}, rounded up`
      : "Certified accuracy in percent, rounded down",
    columns: [
      radiusLabel([log.header]),
      "certified",
      ...(isStopped(summary) ? ["at most"] : []),
      ...(isPart ? ["certified, of those attacked"] : []),
      ...(attacked ? ["under attack"] : []),
      ...besides.flatMap(({ columns }) => columns),
    ],
    rows: radii.map((radius, i) => [
      radiusText(radius),
      percentAtLeast(summary.radii[i], points),
      ...(isStopped(summary) ? [percentAbove(summary.radii[i].atMost, points)] : []),
      ...(isPart ? [percentBelow({ count: attacked.radii[i].certified }, attacked.points)] : []),
      ...(attacked ? [percentAbove({ count: attacked.radii[i].empirical }, attacked.points)] : []),
      ...besides.flatMap(({ cells }) => cells[i]),
    ]),
  };
}

/** A further log's columns, and their cells at each radius: of one that stopped, also what its accuracy is at most. */
function besideColumns(
  { label, rows, header }: ReportedRows,
  { radii, confidence }: Subject,
): { readonly columns: readonly string[]; readonly cells: readonly (readonly string[])[] } {
  const summary = summarizeLog(rows, header, radii, confidence);
  if (!isStopped(summary))
    return { columns: [label], cells: summary.radii.map((at) => [percentBelow(at, rows.length)]) };
  return {
    columns: [label, `${label}, at most`],
    cells: summary.radii.map((at) => [percentAtLeast(at, rows.length), percentAbove(at.atMost, rows.length)]),
  };
}

function unlistedNote({ log, radii }: Subject, beside: readonly ReportedRows[]): Block[] {
  const isUnlisted = [log, ...beside].some(({ header }) => radii.some((radius) => !speaksAt(header, radius)));
  if (!isUnlisted) return [];
  const text = ">= at radii that are not in a log's --stop: it shows only how far its samples happened to go.";
  return [{ kind: "text", text, warning: true }];
}

/**
 * Accuracy under attack: robust accuracy is at most this. Images never changed end where the figure does. Of an attack
 * on some of the images, what these are certified for stands beside it.
 */
function attackSeries(attacked: AttackSummary | undefined, images: number): AccuracySeries[] {
  if (attacked === undefined) return [];
  const { empirical, certified, points } = attacked;
  const finite = [...empirical, ...certified].map(({ radius }) => radius).filter((radius) => radius < Infinity);
  const end = 1.05 * Math.max(0, ...finite);
  const steps = empirical.map((step): CurveStep => ({ ...step, radius: Math.min(step.radius, end) }));
  const isWhole = points === images;
  const of = isWhole ? "" : `, of the first ${counted(points, "image")}`;
  return [
    { label: `under attack${of}: at most this`, steps: thinned(steps, ({ radius }) => radius) },
    ...(isWhole ? [] : [{ label: `certified${of}`, steps: thinned(certified, ({ radius }) => radius) }]),
  ];
}

function publishedOf({ log: { rows, header } }: Subject): { results: readonly object[]; blocks: readonly Block[] } {
  const results = header === undefined ? [] : publishedBeside(header);
  if (header === undefined || results.length === 0) return { results, blocks: [] };
  const all = publishedRadii(header.data.name, header.sigma);
  const radii = all.filter((radius) => speaksAt(header, radius));
  if (radii.length === 0) return { results: [], blocks: [] };
  const table: TableBlock = {
    kind: "table",
    caption: `Published results for ${results[0].network} at sigma ${header.sigma}, alpha = ${header.alpha}`,
    columns: [radiusLabel([header]), ...radii.map(String), "source"],
    rows: [
      ["this log", ...radii.map((radius) => percentBelow({ count: certifiedCount(rows, radius) }, rows.length)), ""],
      ...results.map(({ method, percent, source }) => [
        method,
        ...radii.map((radius) => percent[all.indexOf(radius)].toFixed(1)),
        source,
      ]),
    ],
  };
  const caveat =
    `Published results hold for n = ${PUBLISHED_N}, all test images, and mostly longer training; this log has ` +
    `n = ${header.n} and ${rows.length} images. A larger n certifies larger radii.`;
  return { results, blocks: [table, { kind: "text", text: caveat }] };
}
