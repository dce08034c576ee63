import { ceilTo, FileError, floorTo } from "../../../src/core.js";
import { pairingWarnings } from "../../report/comparison.js";
import { speaksAt } from "../../report/log-summary.js";
import { radiusLabel } from "../../report/log-text.js";
import { type PairedAccuracy, type PairedComparison, pairLogs } from "../../report/pair-logs.js";
import { levelText, percentAbove, percentAtLeast, pText, radiusText } from "../../report/percent.js";
import type { Block, TableBlock } from "../blocks.js";
import type { Section } from "../section.js";
import type { ReportedRows, Subject } from "../subject.js";

/** Where nothing can be said. */
const NONE = "\u2013";

/** The log against each of the others, on the images that both have. */
export const comparison: Section = {
  id: "comparison",
  title: "Comparison on the same images",
  prepare(subject) {
    if (subject.beside.length === 0) return undefined;
    const compared = subject.beside.map((other) => ({ other, result: comparisonOf(subject, other) }));
    return {
      data: {
        comparisons: compared.map(({ other, result }) => ({
          file: other.file,
          label: other.label,
          ...(typeof result === "string" ? { notCompared: result } : dataOf(subject, other, result)),
        })),
      },
      blocks: compared.flatMap(({ other, result }) => blocksOf(subject, other, result)),
    };
  },
};

/** The comparison, or the reason why there is none. */
function comparisonOf({ log, radii, confidence }: Subject, other: ReportedRows): PairedComparison | string {
  try {
    return pairLogs([log, other], radii, confidence);
  } catch (error) {
    if (error instanceof FileError) return error.message;
    throw error;
  }
}

/** For a program: without difference, interval and p at radii that one of the logs doesn't speak at. */
function dataOf(subject: Subject, other: ReportedRows, { images, radii }: PairedComparison): object {
  return {
    images,
    radii: radii.map((at) => {
      if (bothSpeakAt(subject, other, at.radius)) return at;
      const { difference: _, lower: __, upper: ___, pValue: ____, ...counts } = at;
      return counts;
    }),
  };
}

function bothSpeakAt({ log }: Subject, other: ReportedRows, radius: number): boolean {
  return speaksAt(log.header, radius) && speaksAt(other.header, radius);
}

function blocksOf(subject: Subject, other: ReportedRows, result: PairedComparison | string): Block[] {
  if (typeof result === "string") return [{ kind: "text", text: `${other.label} is not compared: ${result}.` }];
  const { log } = subject;
  return [
    tableOf(subject, other, result),
    ...undecidedNote(result),
    ...pairingWarnings([log, other]).map((text): Block => ({ kind: "text", text: `${text}.`, warning: true })),
  ];
}

function tableOf(subject: Subject, other: ReportedRows, { images, radii }: PairedComparison): TableBlock {
  const { log, confidence } = subject;
  const isOpen = radii.some(hasUndecided);
  const certified = ({ header }: ReportedRows, radius: number, count: number): string =>
    percentAtLeast({ count, listed: speaksAt(header, radius) }, images);
  const undecided = (count: number, open: number): string =>
    open === 0 ? "0" : `${open}: at most ${percentAbove({ count: count + open }, images)}`;
  return {
    kind: "table",
    caption: `This log less ${other.label}, on ${images} images: percentage points, each radius by itself`,
    columns: [
      radiusLabel([log.header, other.header]),
      "this log",
      other.label,
      ...(isOpen ? ["undecided in this", "undecided in other"] : []),
      "this alone",
      "other alone",
      "difference",
      `${levelText(confidence)}% interval`,
      "McNemar p",
    ],
    rows: radii.map((at) => [
      radiusText(at.radius),
      certified(log, at.radius, at.both + at.onlyFirst),
      certified(other, at.radius, at.both + at.onlySecond),
      ...(isOpen
        ? [undecided(at.both + at.onlyFirst, at.undecidedFirst), undecided(at.both + at.onlySecond, at.undecidedSecond)]
        : []),
      String(at.onlyFirst),
      String(at.onlySecond),
      ...(bothSpeakAt(subject, other, at.radius) ? inferenceOf(at) : [NONE, NONE, NONE]),
    ]),
  };
}

function inferenceOf({ difference, lower, upper, pValue }: PairedAccuracy): string[] {
  return [(100 * difference).toFixed(2), `${floorTo(100 * lower, 2)} to ${ceilTo(100 * upper, 2)}`, pText(pValue)];
}

const hasUndecided = ({ undecidedFirst, undecidedSecond }: PairedAccuracy): boolean =>
  undecidedFirst + undecidedSecond > 0;

function undecidedNote({ radii }: PairedComparison): Block[] {
  if (!radii.some(hasUndecided)) return [];
  const text =
    "Undecided images, whose run stopped before it was known whether they are certified, count as not certified; " +
    "beside their number stands what certified accuracy is at most with them. At a radius that is not in a log's " +
    "--stop no difference is told.";
  return [{ kind: "text", text, warning: true }];
}
