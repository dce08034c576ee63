import { certifiedCount, type LogRow, radiusGrid } from "../certify/index.js";
import type { TensorRange } from "../src/index.js";
import { table } from "./print.js";
import type { Comparison } from "./quantize-check.js";

/** A model that was quantised. */
export interface QuantizationReport {
  readonly file: string;
  readonly out: string;
  /** Bytes of the float file and of the int8 file. */
  readonly sizes: readonly [float: number, int8: number];
  /** Of each value that was calibrated, the input first. */
  readonly ranges: ReadonlyMap<string, TensorRange>;
  readonly comparison: Comparison | undefined;
}

/** The report for a person. */
export function reportText({ file, out, sizes, ranges, comparison }: QuantizationReport): string {
  const [before, after] = sizes.map((bytes) => `${(bytes / 1000).toFixed(1)} kB`);
  const lines = [`${out}: ${after}, ${before} in floats`, `  ${rangesText(ranges)}`];
  if (comparison === undefined) return lines.join("\n");
  return [...lines, "", ...comparisonText(file, out, comparison)].join("\n");
}

function rangesText(ranges: ReadonlyMap<string, TensorRange>): string {
  const [[name, input]] = ranges;
  const widths = [...ranges.values()].map(({ min, max }) => max - min);
  const steps = [Math.min(...widths), Math.max(...widths)].map((width) => (width / 255).toPrecision(2));
  const first = `'${name}' in [${input.min.toFixed(2)}, ${input.max.toFixed(2)}]`;
  return `${ranges.size} values calibrated, ${first}; quantisation steps of ${steps[0]} to ${steps[1]}`;
}

function comparisonText(file: string, out: string, { labels, speed, settings, rows }: Comparison): string[] {
  const radii = gridOf(rows);
  const cells = (of: readonly LogRow[]): string[] =>
    radii.map((radius) => percentBelow(certifiedCount(of, radius), of.length));
  const { n0, n, alpha } = settings;
  const gain = (speed.int8 / speed.float).toFixed(2);
  return [
    `same label on ${percentBelow(labels.same, labels.copies)} % of ${labels.copies} noisy copies`,
    `${Math.round(speed.int8)} samples/s, ${Math.round(speed.float)} in floats: ${gain} times as fast`,
    `certified accuracy (%) on ${rows.int8.length} images, n0 = ${n0}, n = ${n}, alpha = ${alpha}`,
    table([
      ["L2 radius", ...radii.map(String)],
      [file, ...cells(rows.float)],
      [out, ...cells(rows.int8)],
    ]),
  ];
}

/** A fraction in percent with one decimal, cut and not rounded. */
function percentBelow(count: number, total: number): string {
  return (Math.floor((1000 * count) / total) / 10).toFixed(1);
}

function gridOf({ float, int8 }: Comparison["rows"]): number[] {
  return radiusGrid([...float, ...int8]);
}

/** The report for a program, unrounded. */
export function reportJson({ file, out, sizes, ranges, comparison }: QuantizationReport): object {
  return {
    file: out,
    model: file,
    bytes: { float: sizes[0], int8: sizes[1] },
    ranges: [...ranges].map(([name, range]) => ({ name, ...range })),
    ...(comparison && comparisonJson(comparison)),
  };
}

function comparisonJson({ labels, speed, settings, rows }: Comparison): object {
  const radii = gridOf(rows);
  const counts = (of: readonly LogRow[]): number[] => radii.map((radius) => certifiedCount(of, radius));
  const certified = { images: rows.int8.length, radii, float: counts(rows.float), int8: counts(rows.int8) };
  return { labels, samplesPerSecond: speed, settings, certified };
}
