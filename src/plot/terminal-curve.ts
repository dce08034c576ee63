/** Certified accuracy against the radius in characters, for a terminal. */
import { requireInteger, requireThat } from "../errors.js";
import { visibleLine } from "../text/visible.js";
import type { AccuracySeries } from "./curve-figure.js";

/** A row stands for 5 percentage points: accuracies are rounded down to it. */
const LEVELS = 20;
const LEVELS_A_LABEL = 4;
/** In front of a row: a percentage and the axis. */
const MARGIN = 5;
/** Between the beginnings of two labels of the horizontal axis, at least. */
const LABEL_WIDTH = 8;
const NARROWEST = 30;
const SEVERAL = "*";

/**
 * The series as lines of characters: each is drawn by its number, from 1 on, or by * where several meet. A column is a
 * radius. Where an accuracy is 0, nothing is drawn.
 *
 * @param columns of the terminal, an integer of at least 30
 * @throws ArgumentError for fewer columns, for no series, or for more than 9
 */
export function terminalCurve(series: readonly AccuracySeries[], columns: number): string {
  requireInteger(columns, "terminalCurve", "columns", NARROWEST);
  requireThat(series.length >= 1 && series.length <= 9, "terminalCurve", "series", "1 to 9 of them", series.length);
  const width = columns - MARGIN;
  const largest = Math.max(...series.flatMap(radiiOf)) || 1;
  const grid = Array.from({ length: LEVELS + 1 }, () => new Array<string>(width).fill(" "));
  for (const [i, one] of series.entries()) {
    for (const [column, level] of cellsOf(one, width, largest)) {
      const row = grid[LEVELS - level];
      row[column] = row[column] === " " ? String(i + 1) : SEVERAL;
    }
  }
  const rows = grid.map((row, k) => `${rowLabel(LEVELS - k)}${row.join("")}`.trimEnd());
  return [...rows, axisOf(width), axisLabels(width, largest), legendOf(series, columns)].join("\n");
}

function radiiOf(one: AccuracySeries): number[] {
  return ("steps" in one ? one.steps : one.points).map(({ radius }) => radius);
}

/** Where a series is drawn: a curve in each column, points in theirs. */
function cellsOf(one: AccuracySeries, width: number, largest: number): [column: number, level: number][] {
  // A share of fewer than 2^30 images is a level, or further below it than this.
  const level = (accuracy: number): number => Math.floor(LEVELS * accuracy + 1e-9);
  const cells: [number, number, number][] =
    "steps" in one
      ? Array.from({ length: width }, (_, column) => {
          const radius = (column * largest) / (width - 1);
          const accuracy = one.steps.find((step) => step.radius >= radius)?.accuracy ?? 0;
          return [column, accuracy, level(accuracy)];
        })
      : one.points.map(({ radius, accuracy }) => [
          Math.round((radius / largest) * (width - 1)),
          accuracy,
          level(accuracy),
        ]);
  return cells.flatMap(([column, accuracy, row]) => (accuracy > 0 ? [[column, row]] : []));
}

function rowLabel(level: number): string {
  const percent = level % LEVELS_A_LABEL === 0 ? String((100 * level) / LEVELS) : "";
  return `${percent.padStart(MARGIN - 2)} |`;
}

function axisOf(width: number): string {
  return `${" ".repeat(MARGIN - 1)}+${"-".repeat(width)}`;
}

/** Labels at round radii, each beginning in its column. */
function axisLabels(width: number, largest: number): string {
  const spacing = roundStep((largest * LABEL_WIDTH) / (width - 1));
  let line = " ".repeat(MARGIN);
  for (let k = 0; k * spacing <= largest; k++) {
    const column = MARGIN + Math.round(((k * spacing) / largest) * (width - 1));
    const label = String(Number((k * spacing).toPrecision(6)));
    if (column + label.length <= MARGIN + width) line = `${line.padEnd(column)}${label}`;
  }
  return line;
}

/** The smallest of 1, 2, 2.5 and 5 times a power of ten that is at least this. */
function roundStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least));
  return power * ([1, 2, 2.5, 5].find((factor) => factor * power >= least) ?? 10);
}

function legendOf(series: readonly AccuracySeries[], columns: number): string {
  const entries = series.map(({ label }, i) => `${i + 1} ${visibleLine(label)}`);
  const shown = [...entries, ...(series.length > 1 ? [`${SEVERAL} several`] : [])];
  const lines: string[] = [];
  for (const entry of shown) {
    const longer = `${lines.at(-1) ?? ""}   ${entry}`;
    if (lines.length > 0 && MARGIN + longer.length <= columns) lines[lines.length - 1] = longer;
    else lines.push(entry);
  }
  return lines.map((line) => `${" ".repeat(MARGIN)}${line}`).join("\n");
}
