import { Command } from "commander";
import { headerPath, radiusGrid, readHeader, readLog, requireRowsOf, summarizeAttack } from "../certify/index.js";
import { FileError, requireThat, requireWritable, writeTarget } from "../src/index.js";
import { type AttackReport, attackJson, attackText, saveAttackFigure } from "./attack-report.js";
import { runAttack } from "./attack-run.js";
import { type AttackSourceOptions, GRADIENTS, openAttackSources } from "./attack-sources.js";
import { withClassifierOptions } from "./model-options.js";
import { integer, number, numberList, oneOf, outputName } from "./options.js";
import { print, thisCommand, warn } from "./print.js";

interface AttackOptions extends AttackSourceOptions {
  readonly images?: number;
  readonly steps: number;
  readonly votes: number;
  readonly alpha: number;
  readonly seed?: number;
  readonly radii?: number[];
  readonly out?: string;
  readonly figure?: string;
  readonly json?: true;
}

/** `smoothcert attack LOG`: searches for perturbations that break the log's certificates, and for the smallest that change a prediction. */
export function attackCommand(): Command {
  const command = new Command("attack")
    .description(
      "attack a log's certificates: search inside each radius for a change of class, outside for the nearest",
    )
    .argument("<log>", "a log of ours with its header beside it")
    .option("--model <m>", "the model certified; by default the run folder that holds the log")
    .option("--data <spec>", "the data certified; by default those that the model was trained on")
    .option("--images <n>", "attack the first n images of the log; by default all", integer("--images", 1))
    .option(
      "--gradient <g>",
      "model: through the TensorFlow.js model; votes: from labels alone; by default model where there is one",
      oneOf("--gradient", GRADIENTS),
    )
    .option("--steps <n>", "gradient steps of each ascent", integer("--steps", 1), 20)
    .option("--copies <n>", "noisy copies a gradient; by default 32 by model, 2000 by votes", integer("--copies", 1))
    .option(
      "--votes <n>",
      "samples of each test; a tenth of them for each decision of the search",
      integer("--votes", 50),
      5000,
    )
    .option("--alpha <a>", "failure probability of each test", number("--alpha"), 1e-6)
    .option("--seed <s>", "seed of the attack's noise; by default that of the log", integer("--seed", 0))
    .option("--radii <list>", "radii of the table, e.g. 0,0.25,64/255; by default a grid", numberList("--radii"))
    .option("--out <file>", "results (tab-separated); by default attack.tsv beside the log", outputName("--out"))
    .option("--figure <file>", "the figure; by default that of the results, .svg", outputName("--figure"))
    .option("--json", "print everything as one JSON object")
    .addHelpText(
      "after",
      `
A perturbation is searched as it can really be given: bytes stay bytes, and its norm is that of the pixels that come out, rounded up.
Inside a certified radius another class may turn up with probability alpha of the certificate: more such images than that explains,
and the run has failed (exit code 1). Nothing found proves nothing; the certificates do. The same command goes on after a stop.

Examples:
  smoothcert attack runs/maxup/certify.tsv
  smoothcert attack foreign.tsv --model foreign.onnx --data mnist --images 20 --copies 4000`,
    )
    .action(attack);
  return withClassifierOptions(command);
}

async function attack(file: string, options: AttackOptions): Promise<void> {
  const header = await readHeader(file);
  const { rows: all, warnings } = await readLog(file);
  if (header === undefined) {
    throw new FileError(
      file,
      "expected a log of ours with its header beside it, which says what was certified; found none",
    );
  }
  requireRowsOf(header, all, file);
  for (const warning of warnings) warn(warning);
  const rows = all.slice(0, options.images ?? all.length);
  const out = options.out ?? besideLog(file);
  const figure = options.figure ?? `${out.replace(/\.\w+$/, "")}.svg`;
  const isAnother = writeTarget(out) !== writeTarget(file);
  requireThat(out.endsWith(".tsv") && isAnother, "attack", "--out", "another file name that ends in .tsv", out);
  requireThat(figure.endsWith(".svg"), "attack", "--figure", "a file name that ends in .svg", figure);
  for (const path of [out, headerPath(out), figure]) requireWritable(path);
  const wrong = options.radii?.find((radius) => radius < 0);
  requireThat(wrong === undefined, "attack", "--radii", "radii of at least 0", wrong);
  const sources = await openAttackSources(file, header, options);
  const settings = { ...options, seed: options.seed ?? header.seed };
  const resumeCommand = thisCommand();
  const attacks = await runAttack({ ...sources, file, header, rows, settings, out, resumeCommand });
  const chance = Math.min(header.alpha + options.alpha, 0.999);
  const summary = summarizeAttack(rows, attacks, chance, options.radii ?? radiusGrid(rows));
  const report: AttackReport = { file, out, figure, header, gradient: sources.gradient.name, attacks, summary };
  await saveAttackFigure(report);
  print(options.json ? JSON.stringify(attackJson(report)) : attackText(report));
  if (summary.failed) {
    const { broken, allowed } = summary;
    throw new Error(`${file}: ${broken.length} certificates are broken, where alpha allows at most ${allowed}`);
  }
}

/** `certify.tsv` -> `attack.tsv`, `mine.tsv` -> `mine.attack.tsv`. */
function besideLog(file: string): string {
  const stem = file.replace(/\.\w+$/, "").replace(/(^|[/.\\])certify$/, "$1");
  return stem === "" || /[/.\\]$/.test(stem) ? `${stem}attack.tsv` : `${stem}.attack.tsv`;
}
