/** What `smoothcert compare --with` prints. */
import {
  type PairedAccuracy,
  percentBelow,
  radiusLabel,
  radiusText,
  type SeedsAccuracy,
  type SeedsComparison,
  settingsText,
} from "../certify/index.js";
import { visibleLine } from "../src/index.js";
import { counted } from "../src/text/counted.js";
import { intervalRows, nonzeroRows, togetherText } from "./compare-report.js";
import type { OpenedLog } from "./curve-logs.js";
import { settingsJson } from "./curve-report.js";
import { table } from "./print.js";

/** The logs of two methods and what they say of each other. */
export interface ComparedSeeds extends SeedsComparison {
  readonly methods: readonly [Method, Method];
  readonly confidence: number;
}

interface Method {
  readonly label: string;
  /** One for each seed. */
  readonly logs: readonly OpenedLog[];
}

/** Below this p-value a seed counts as one that tells the two apart. */
const LEVEL = 0.05;

/** The report for a person. */
export function seedsText(compared: ComparedSeeds): string {
  const { methods, images, radii } = compared;
  const [{ logs }] = methods;
  return [
    ...methods.map((method, i) => methodText("AB"[i], method)),
    table([["A", "B"], ...pairsOf(compared)]),
    `${counted(images, "image")} in all logs, ${counted(logs.length, "seed")}`,
    table([...accuracyRows(compared), ...undecidedRows(radii), ...differenceRows(compared), ...seedRows(radii)]),
    intervalText(radii.length),
  ].join("\n\n");
}

function intervalText(radii: number): string {
  const what = "The interval is about the choice of images and of seeds, and approximate.";
  return radii < 2 ? what : `${what}\nIt is for each radius by itself; ${togetherText(radii)}.`;
}

function methodText(name: string, { label, logs }: Method): string {
  const title = label === name ? name : `${name}: ${label}`;
  return [title, `  ${settingsText(logs[0].header)}`].map(visibleLine).join("\n");
}

/** The logs that are compared with each other. */
function pairsOf({ methods: [a, b] }: ComparedSeeds): string[][] {
  return a.logs.map(({ file }, i) => [visibleLine(file), visibleLine(b.logs[i].file)]);
}

function accuracyRows({ methods, images, radii }: ComparedSeeds): string[][] {
  const headers = methods.flatMap(({ logs }) => logs.map(({ header }) => header));
  // A mean of counts that is printed rounded down: not its last bits, which are those of the sum.
  const percent = (mean: number): string => percentBelow({ count: Number((mean * images).toFixed(6)) }, images);
  return [
    [radiusLabel(headers), ...radii.map(({ radius }) => radiusText(radius))],
    ["certified accuracy of A (%), mean over seeds", ...radii.map(({ first }) => percent(first))],
    ["certified accuracy of B (%), mean over seeds", ...radii.map(({ second }) => percent(second))],
  ];
}

/** How many images stopped logs left undecided at most, where they left any. */
function undecidedRows(radii: readonly SeedsAccuracy[]): string[][] {
  const most = (of: (at: PairedAccuracy) => number): string[] =>
    radii.map(({ seeds }) => String(Math.max(...seeds.map(of))));
  return nonzeroRows([
    ["  images undecided in A, at most", ...most(({ undecidedFirst }) => undecidedFirst)],
    ["  images undecided in B, at most", ...most(({ undecidedSecond }) => undecidedSecond)],
  ]);
}

function differenceRows({ radii, confidence }: ComparedSeeds): string[][] {
  return [
    ["A - B, percentage points", ...radii.map(({ difference }) => (100 * difference).toFixed(2))],
    ["  standard deviation between seeds", ...radii.map(({ deviation }) => (100 * deviation).toFixed(2))],
    ...intervalRows(radii, confidence),
  ];
}

/** In how many seeds McNemar's test tells the two models apart. */
function seedRows(radii: readonly SeedsAccuracy[]): string[][] {
  const clear = (sign: 1 | -1): string[] =>
    radii.map(({ seeds }) => {
      const found = seeds.filter(({ pValue, difference }) => pValue < LEVEL && sign * difference > 0);
      return `${found.length} of ${seeds.length}`;
    });
  return [
    [`seeds with McNemar p below ${LEVEL}: A better`, ...clear(1)],
    ["  B better", ...clear(-1)],
  ];
}

/** The report for a program. */
export function seedsJson({ methods: [a, b], ...comparison }: ComparedSeeds): object {
  const method = ({ label, logs }: Method): object => ({
    label,
    logs: logs.map(({ file, header, rows }) => ({ file, ...settingsJson(header), points: rows.length })),
  });
  const { images, confidence, radii } = comparison;
  return { a: method(a), b: method(b), images, confidence, radii };
}
