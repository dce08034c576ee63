/** What `smoothcert compare` prints. */
import type { Interval, PairedAccuracy, PairedComparison } from "../certify/index.js";
import { levelText, percentBelow, pText, radiusLabel, radiusText, settingsText } from "../certify/index.js";
import { ceilTo, floorTo, visibleLine } from "../src/index.js";
import { counted } from "../src/text/counted.js";
import type { OpenedLog } from "./curve-logs.js";
import { settingsJson } from "./curve-report.js";
import { table } from "./print.js";

/** Two logs and what they say of each other. */
export interface ComparedPair extends PairedComparison {
  readonly logs: readonly [LabelledLog, LabelledLog];
  readonly confidence: number;
}

interface LabelledLog extends OpenedLog {
  readonly label: string;
}

/** The report for a person. */
export function comparisonText(pair: ComparedPair): string {
  const { logs, images, radii } = pair;
  return [
    ...logs.map((log, i) => logText("AB"[i], log)),
    `${counted(images, "image")} in both logs${leftOutText(pair)}`,
    table([...countRows(pair), ...undecidedRows(radii), ...differenceRows(pair)]),
    ...severalText(radii.length),
  ].join("\n\n");
}

function leftOutText({ logs: [a, b], images }: ComparedPair): string {
  const [first, second] = [a.rows.length, b.rows.length];
  return Math.max(first, second) === images ? "" : ` (A has ${first}, B ${second})`;
}

function logText(name: string, { file, label, header }: LabelledLog): string {
  return [visibleLine(`${name}: ${label === file ? file : `${label}: ${file}`}`), `  ${settingsText(header)}`].join(
    "\n",
  );
}

function countRows({ logs, images, radii }: ComparedPair): string[][] {
  const percent = (count: number): string => percentBelow({ count }, images);
  const counts = (of: (at: PairedAccuracy) => number): string[] => radii.map((at) => String(of(at)));
  return [
    [radiusLabel(logs.map(({ header }) => header)), ...radii.map(({ radius }) => radiusText(radius))],
    ["certified accuracy of A (%)", ...radii.map(({ both, onlyFirst }) => percent(both + onlyFirst))],
    ["certified accuracy of B (%)", ...radii.map(({ both, onlySecond }) => percent(both + onlySecond))],
    ["images certified by both", ...counts(({ both }) => both)],
    ["  by A alone", ...counts(({ onlyFirst }) => onlyFirst)],
    ["  by B alone", ...counts(({ onlySecond }) => onlySecond)],
    ["  by neither", ...counts(({ neither }) => neither)],
  ];
}

/** How many images a stopped log left undecided, where it left any. */
function undecidedRows(radii: readonly PairedAccuracy[]): string[][] {
  return nonzeroRows([
    ["  undecided in A", ...radii.map(({ undecidedFirst }) => String(undecidedFirst))],
    ["  undecided in B", ...radii.map(({ undecidedSecond }) => String(undecidedSecond))],
  ]);
}

function differenceRows({ radii, confidence }: ComparedPair): string[][] {
  return [
    ["A - B, percentage points", ...radii.map(({ difference }) => (100 * difference).toFixed(2))],
    ...intervalRows(radii, confidence),
    ["McNemar p", ...radii.map(({ pValue }) => pText(pValue))],
  ];
}

/** The intervals of differences, in percentage points, rounded outwards. */
export function intervalRows(radii: readonly Interval[], confidence: number): string[][] {
  return [
    [`  ${levelText(confidence)}% interval: from`, ...radii.map(({ lower }) => floorTo(100 * lower, 2))],
    ["    to", ...radii.map(({ upper }) => ceilTo(100 * upper, 2))],
  ];
}

/** Of rows of counts, each behind its title, those that count anything. */
export function nonzeroRows(rows: readonly string[][]): string[][] {
  return rows.filter(([, ...counts]) => counts.some((count) => count !== "0"));
}

/** How several radii are judged together. */
export function togetherText(radii: number): string {
  return `for all ${radii} radii together take --confidence 1-0.05/${radii}`;
}

function severalText(radii: number): string[] {
  if (radii < 2) return [];
  return [`Interval and p are for each radius by itself; ${togetherText(radii)}, and p below 0.05/${radii}.`];
}

/** The report for a program. */
export function comparisonJson({ logs: [a, b], ...comparison }: ComparedPair): object {
  const { images, confidence, radii } = comparison;
  const log = ({ file, label, header, rows }: LabelledLog): object => ({
    file,
    label,
    ...settingsJson(header),
    points: rows.length,
  });
  return { a: log(a), b: log(b), images, confidence, radii };
}
