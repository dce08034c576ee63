/** What `smoothcert taylor` prints and draws. */
import { expectedMax, expectedMaxSquared, type MeasuredRisk } from "../train/index.js";
import { table } from "./print.js";

/** The table for a person. */
export function taylorText(rows: readonly MeasuredRisk[], copies: number): string {
  const head = ["sigma", "risk", "1st order", "2nd order", "risk - 1st", "slope", "risk - 2nd", "slope", "s.e."];
  const decimals = (value: number): string => value.toFixed(5);
  const short = (value: number): string => value.toExponential(2);
  const slopeText = (value: number | null): string => (value === null ? "-" : value.toFixed(2));
  const cells = rows.map((row) => [
    String(row.sigma),
    ...[row.risk, row.firstOrder, row.secondOrder].map(decimals),
    short(row.firstOrderRemainder),
    slopeText(row.firstOrderSlope),
    short(row.secondOrderRemainder),
    slopeText(row.secondOrderSlope),
    short(row.standardError),
  ]);
  const [mean, square] = [expectedMax(copies), expectedMaxSquared(copies)].map((moment) => moment.toFixed(6));
  const moments = `c_m = ${mean}, E M_m^2 = ${square} for m = ${copies}`;
  return `${table([head, ...cells])}\n${moments}; slopes are from the row above, on a log-log scale`;
}

/** The figure, as SVG: the sizes of the remainders against sigma. */
export async function taylorFigure(rows: readonly MeasuredRisk[], title: string): Promise<string> {
  const { lineFigure } = await import("../src/plot/index.js");
  const first = sizes(rows, "firstOrderRemainder");
  const second = sizes(rows, "secondOrderRemainder");
  return lineFigure({
    title,
    x: { label: "sigma (pixels in [0, 1])", scale: "log" },
    y: { label: "size of the remainder of the MaxUp risk (nats)", scale: "log" },
    series: [
      { label: "risk - first order", ...first },
      { label: "risk - second order", ...second },
      { label: "slope 2", style: "dashed", points: guide(first.points, 2) },
      { label: "slope 3", style: "dashed", points: guide(second.points, 3) },
    ],
  });
}

type Point = readonly [x: number, y: number];

function sizes(
  rows: readonly MeasuredRisk[],
  field: "firstOrderRemainder" | "secondOrderRemainder",
): { points: Point[]; errorBars: Point[] } {
  const shown = rows.filter((row) => row[field] !== 0);
  return {
    points: shown.map((row) => [row.sigma, Math.abs(row[field])]),
    errorBars: shown.map((row) => {
      const size = Math.abs(row[field]);
      return [size - 2 * row.standardError, size + 2 * row.standardError];
    }),
  };
}

/** A line of the given slope through the last point, over the range of the points. */
function guide(points: readonly Point[], slope: number): Point[] {
  const last = points.at(-1);
  if (last === undefined) return [];
  return points.map(([x]) => [x, last[1] * (x / last[0]) ** slope]);
}
