import { ceilTo, FileError, floorTo } from "../../../src/core.js";
import { pairingWarnings } from "../../report/comparison.js";
import { radiusLabel } from "../../report/log-text.js";
import { type PairedComparison, pairLogs } from "../../report/pair-logs.js";
import { percentBelow, radiusText } from "../../report/percent.js";
import type { Block } from "../blocks.js";
import type { Section } from "../section.js";
import type { ReportedRows, Subject } from "../subject.js";

/** The log against each of the others, on the images that both have. */
export const comparison: Section = {
  id: "comparison",
  title: "Comparison on the same images",
  prepare(subject) {
    if (subject.beside.length === 0) return undefined;
    const compared = subject.beside.map((other) => ({ other, result: comparisonOf(subject, other) }));
    return {
      data: {
        comparisons: compared.map(({ other: { file, label }, result }) => ({
          file,
          label,
          ...(typeof result === "string" ? { notCompared: result } : result),
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

function blocksOf({ log, confidence }: Subject, other: ReportedRows, result: PairedComparison | string): Block[] {
  if (typeof result === "string") return [{ kind: "text", text: `${other.label} is not compared: ${result}.` }];
  const { images, radii } = result;
  const percent = (count: number): string => percentBelow({ count }, images);
  const level = Number((100 * confidence).toPrecision(6));
  return [
    {
      kind: "table",
      caption: `This log less ${other.label}, on ${images} images: percentage points, each radius by itself`,
      columns: [
        radiusLabel([log.header, other.header]),
        "this log",
        other.label,
        "this alone",
        "other alone",
        "difference",
        `${level}% interval`,
        "McNemar p",
      ],
      rows: radii.map(({ radius, both, onlyFirst, onlySecond, difference, lower, upper, pValue }) => [
        radiusText(radius),
        percent(both + onlyFirst),
        percent(both + onlySecond),
        String(onlyFirst),
        String(onlySecond),
        (100 * difference).toFixed(2),
        `${floorTo(100 * lower, 2)} to ${ceilTo(100 * upper, 2)}`,
        pValue < 1e-12 ? "< 1e-12" : String(Number(pValue.toPrecision(2))),
      ]),
    },
    ...pairingWarnings([log, other]).map((text): Block => ({ kind: "text", text: `${text}.`, warning: true })),
  ];
}
