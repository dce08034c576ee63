import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { Command } from "commander";
import { alignLogs, pairingWarnings, pairLogs, pairSeeds, tableRadii } from "../certify/index.js";
import { ArgumentError, requireThat } from "../src/index.js";
import { counted } from "../src/text/counted.js";
import { type ComparedPair, comparisonJson, comparisonText } from "./compare-report.js";
import { type ComparedSeeds, seedsJson, seedsText } from "./compare-seeds-report.js";
import {
  alignmentJson,
  alignmentText,
  labelsOf,
  type OpenedLog,
  openLogSoFar,
  requireAlignment,
} from "./curve-logs.js";
import { logsAt } from "./log-at.js";
import { number, numberList, requireRadii } from "./options.js";
import { print, warn } from "./print.js";

interface CompareOptions {
  readonly with?: readonly string[];
  readonly radii?: number[];
  readonly labels?: string;
  readonly confidence: number;
  readonly align?: true;
  readonly alpha?: number;
  readonly json?: true;
}

const HELP = `
At each radius, the images that both logs have are counted by which of the logs
certifies them right. What only one of them certifies decides the comparison.

The interval covers the difference of certified accuracy (A - B) over all images
that the test set stands for with at least the given confidence: Clopper-Pearson
bounds on how often the logs differ, and on who then wins, joined by Bonferroni.
It is conservative for any number of images. McNemar p is the two-sided p-value
of McNemar's exact test that there is no difference; the interval leaves out 0
where p is below 0.9 (1 - confidence).
Both are about the choice of the test images. They say nothing of another
training run of the same methods, and nothing of alpha.

--with compares two methods by models of several seeds: the logs before it are
those of the first method, the logs after it those of the second, in the same
order of seeds. The interval is then about the choice of images and of seeds.

Each radius is judged by itself. Among many radii, one may differ by chance: for
all of k radii together take --confidence 1-0.05/k, and p below 0.05/k.

A radius that a log of 'certify --stop radii:LIST' left undecided for an image
counts as not certified; the table says for how many images.

Examples:
  smoothcert compare runs/maxup/certify.tsv runs/gaussian/certify.tsv
  smoothcert compare a.tsv b.tsv --radii 0,0.5,1 --confidence 1-0.05/3
  smoothcert compare a.tsv b.tsv --align --alpha 0.001 --json
  smoothcert compare sweep/maxup_seed* --with sweep/gaussian_seed*`;

/** `smoothcert compare`: the difference of certified accuracies on the same images, of two logs or of two methods. */
export function compareCommand(): Command {
  return new Command("compare")
    .description("compare the certified accuracy of two logs on the images that both have, radius by radius")
    .argument("<logs...>", "two logs or run folders about the same data; with --with, those of one method", logsAt)
    .optionsGroup("Comparison:")
    .option("--with <logs...>", "logs of another method, one for each before, in the same order of seeds", logsAt)
    .option("--radii <list>", "radii of the table, e.g. 0,0.25,64/255; by default a grid", numberList("--radii"))
    .option("--confidence <c>", "confidence of each interval, in (0, 1)", number("--confidence"), 0.95)
    .option("--align", "derive the logs again at one alpha (logs of smoothcert)")
    .option("--alpha <a>", "that alpha; by default the smallest of theirs", number("--alpha"))
    .optionsGroup("Output:")
    .option("--labels <list>", "a name for A and for B, separated by a comma; by default the model's, or the file's")
    .option("--json", "print everything as one JSON object")
    .addHelpText("after", HELP)
    .action(compare);
}

async function compare(files: readonly string[], options: CompareOptions): Promise<void> {
  requireOptions(options);
  const { with: others = [] } = options;
  requirePairs(files, others);
  const opened = await Promise.all([...files, ...others].map(openLogSoFar));
  const aligned = options.align ? alignLogs(opened, options.alpha) : undefined;
  const logs = aligned?.logs ?? opened;
  const { json, text } = logs.length === 2 ? ofTwo(logs, options) : ofSeeds(logs, options);
  for (const warning of pairingWarnings(logs)) warn(warning);
  if (options.json) print(JSON.stringify({ ...alignmentJson(aligned), ...json }));
  else print([...alignmentText(aligned), text].join("\n\n"));
}

function requirePairs(files: readonly string[], others: readonly string[]): void {
  const count = files.length;
  if (others.length === 0) {
    const hint = "To compare methods by models of several seeds, name those of the second behind --with";
    requireThat(count === 2, "compare", "<logs>", "two", count, hint);
  } else if (others.length !== count || count < 2) {
    const rule =
      count < 2 ? "left out to compare two logs: methods take 2 seeds or more" : `${count} logs, as before it`;
    throw new ArgumentError(`--with must be ${rule}, got ${counted(others.length, "log")}`, "--with", others);
  }
}

interface Answer {
  readonly json: object;
  readonly text: string;
}

function ofTwo([a, b]: readonly OpenedLog[], { labels: names, radii, confidence }: CompareOptions): Answer {
  const labels = labelsOf([a, b], names, "compare");
  const comparison = pairLogs([a, b], radii ?? tableRadii([a, b]), confidence);
  const logs = [
    { ...a, label: labels[0] },
    { ...b, label: labels[1] },
  ] as const;
  const pair: ComparedPair = { logs, confidence, ...comparison };
  return { json: comparisonJson(pair), text: comparisonText(pair) };
}

function ofSeeds(logs: readonly OpenedLog[], { labels: names, radii, confidence }: CompareOptions): Answer {
  const seeds = logs.length / 2;
  const [first, second] = [logs.slice(0, seeds), logs.slice(seeds)];
  requireDifferentModels(logs);
  const labels = names === undefined ? ["A", "B"] : labelsOf([first[0], second[0]], names, "compare");
  const pairs = first.map((log, i) => [log, second[i]] as const);
  for (const [a, b] of pairs) warnOfSeeds(a.file, b.file);
  const comparison = pairSeeds(pairs, radii ?? tableRadii(logs), confidence);
  const methods = [
    { label: labels[0], logs: first },
    { label: labels[1], logs: second },
  ] as const;
  const compared: ComparedSeeds = { methods, confidence, ...comparison };
  return { json: seedsJson(compared), text: seedsText(compared) };
}

/** Models that are compared should be of one seed, where their run folders tell. */
function warnOfSeeds(first: string, second: string): void {
  const [a, b] = [first, second].map(trainingSeed);
  if (a === b || a === undefined || b === undefined) return;
  warn(`${first} (seed ${a}) is compared with ${second} (seed ${b}): name the logs in the same order of seeds`);
}

/** The seed in the configuration of the run folder that a log is in. */
function trainingSeed(log: string): unknown {
  try {
    return JSON.parse(readFileSync(join(dirname(log), "config.json"), "utf8")).settings?.seed;
  } catch {
    return undefined;
  }
}

/** The same model twice would pass for two seeds that agree, or for two methods. */
function requireDifferentModels(logs: readonly OpenedLog[]): void {
  const seen = new Map<string, string>();
  for (const { file, header } of logs) {
    const model = header?.model.hash || file;
    const other = seen.get(model);
    if (other !== undefined) throw new ArgumentError(`${file} is of the same model as ${other}`, "<logs>", file);
    seen.set(model, file);
  }
}

function requireOptions({ radii, confidence, align, alpha }: CompareOptions): void {
  requireRadii("compare", radii);
  requireThat(confidence > 0 && confidence < 1, "compare", "--confidence", "in (0, 1)", confidence);
  requireAlignment({ align, alpha }, "compare");
}
