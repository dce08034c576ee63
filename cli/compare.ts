import { Command } from "commander";
import { alignLogs, pairingWarnings, pairLogs, tableRadii } from "../certify/index.js";
import { requireThat } from "../src/index.js";
import { type ComparedPair, comparisonJson, comparisonText } from "./compare-report.js";
import { alignmentJson, alignmentText, labelsOf, openLogSoFar, requireAlignment } from "./curve-logs.js";
import { logAt } from "./log-at.js";
import { number, numberList, requireRadii } from "./options.js";
import { print, warn } from "./print.js";

interface CompareOptions {
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

Each radius is judged by itself. Among many radii, one may differ by chance: for
all of k radii together take --confidence 1-0.05/k, and p below 0.05/k.

A radius that a log of 'certify --stop radii:LIST' left undecided for an image
counts as not certified; the table says for how many images.

Examples:
  smoothcert compare runs/maxup/certify.tsv runs/gaussian/certify.tsv
  smoothcert compare a.tsv b.tsv --radii 0,0.5,1 --confidence 1-0.05/3
  smoothcert compare a.tsv b.tsv --align --alpha 0.001 --json`;

/** `smoothcert compare A B`: the difference of two logs' certified accuracies on the same images. */
export function compareCommand(): Command {
  return new Command("compare")
    .description("compare the certified accuracy of two logs on the images that both have, radius by radius")
    .argument("<a>", "a log or a run folder, of smoothcert or another tool", logAt)
    .argument("<b>", "one about the same data", logAt)
    .optionsGroup("Comparison:")
    .option("--radii <list>", "radii of the table, e.g. 0,0.25,64/255; by default a grid", numberList("--radii"))
    .option("--confidence <c>", "confidence of each interval, in (0, 1)", number("--confidence"), 0.95)
    .option("--align", "derive both logs again at one alpha (logs of smoothcert)")
    .option("--alpha <a>", "that alpha; by default the smaller of the two", number("--alpha"))
    .optionsGroup("Output:")
    .option("--labels <list>", "a name for each log, separated by a comma; by default the model's, or the file's")
    .option("--json", "print everything as one JSON object")
    .addHelpText("after", HELP)
    .action(compare);
}

async function compare(first: string, second: string, options: CompareOptions): Promise<void> {
  requireOptions(options);
  const opened = await Promise.all([first, second].map(openLogSoFar));
  const aligned = options.align ? alignLogs(opened, options.alpha) : undefined;
  const [a, b] = aligned?.logs ?? opened;
  const labels = labelsOf([a, b], options.labels, "compare");
  const comparison = pairLogs([a, b], options.radii ?? tableRadii([a, b]), options.confidence);
  for (const warning of pairingWarnings([a, b])) warn(warning);
  const pair: ComparedPair = {
    logs: [
      { ...a, label: labels[0] },
      { ...b, label: labels[1] },
    ],
    confidence: options.confidence,
    ...comparison,
  };
  if (options.json) print(JSON.stringify({ ...alignmentJson(aligned), ...comparisonJson(pair) }));
  else print([...alignmentText(aligned), comparisonText(pair)].join("\n\n"));
}

function requireOptions({ radii, confidence, align, alpha }: CompareOptions): void {
  requireRadii("compare", radii);
  requireThat(confidence > 0 && confidence < 1, "compare", "--confidence", "in (0, 1)", confidence);
  requireAlignment({ align, alpha }, "compare");
}
