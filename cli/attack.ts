import { Command } from "commander";
import {
  headerPath,
  type LogHeader,
  type LogRow,
  radiusGrid,
  readHeader,
  readLog,
  requireRowsOf,
  summarizeAttack,
} from "../certify/index.js";
import { FileError, requireThat, requireWritable, writeTarget } from "../src/index.js";
import { type AttackReport, attackJson, attackText, saveAttackFigure } from "./attack-report.js";
import { runAttack } from "./attack-run.js";
import { type AttackSourceOptions, GRADIENTS, openAttackSources } from "./attack-sources.js";
import { logAt } from "./log-at.js";
import { withClassifierOptions } from "./model-options.js";
import { integer, number, numberList, oneOf, outputName, requireRadii } from "./options.js";
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

const HELP = `
A perturbation is judged as an attacker could apply it: bytes stay bytes, and
its norm is that of the resulting pixels, rounded up. Inside a certified radius
a change of class is found with probability at most the certificate's alpha plus
--alpha. If more images change than that explains, the command fails (exit code
1). If none changes, that proves nothing: only the certificates do.
If the command is interrupted, rerun it to resume.

Examples:
  smoothcert attack runs/maxup/certify.tsv
  smoothcert attack foreign.tsv --model foreign.onnx --data mnist --images 20 --copies 4000`;

/** `smoothcert attack LOG`: searches for perturbations that break certificates, and for the smallest that matter. */
export function attackCommand(): Command {
  const command = new Command("attack")
    .description("search for perturbations that break a log's certificates, and for the nearest that change a class")
    .argument("<log>", "a log of smoothcert with its header beside it, or a run folder", logAt)
    .optionsGroup("What is attacked:")
    .option("--model <m>", "the certified model; by default the run folder that holds the log")
    .option("--data <spec>", "the certified data; by default those that the model was trained on")
    .option("--images <n>", "attack the first n images of the log; by default all", integer("--images", 1));
  withSearchOptions(command);
  withClassifierOptions(command);
  return command
    .optionsGroup("Output:")
    .option("--radii <list>", "radii of the table, e.g. 0,0.25,64/255; by default a grid", numberList("--radii"))
    .option(
      "--out <file>",
      "results (tab-separated); by default attack.tsv beside certify.tsv, or LOG.attack.tsv beside LOG.tsv",
      outputName("--out"),
    )
    .option("--figure <file>", "the figure; by default named like the results, .svg", outputName("--figure"))
    .option("--json", "print everything as one JSON object")
    .addHelpText("after", HELP)
    .action(attack);
}

function withSearchOptions(command: Command): Command {
  return command
    .optionsGroup("Search:")
    .option(
      "--gradient <g>",
      "model: through the TensorFlow.js model; votes: from labels alone; by default model if there is one",
      oneOf("--gradient", GRADIENTS),
    )
    .option(
      "--copies <n>",
      "noisy copies per gradient; by default 32 with model, 2000 with votes",
      integer("--copies", 1),
    )
    .option("--steps <n>", "gradient steps of each search", integer("--steps", 1), 20)
    .option(
      "--votes <n>",
      "samples of each test; decisions during the search take a tenth of them",
      integer("--votes", 50),
      5000,
    )
    .option("--alpha <a>", "failure probability of each test", number("--alpha"), 1e-6)
    .option("--seed <s>", "seed of the attack's noise; by default that of the log", integer("--seed", 0));
}

async function attack(file: string, options: AttackOptions): Promise<void> {
  const { header, rows } = await readCertificates(file, options.images);
  const { out, figure } = outputsOf(file, options);
  requireRadii("attack", options.radii);
  const sources = await openAttackSources(file, header, options);
  const settings = { ...options, seed: options.seed ?? header.seed };
  const attacks = await runAttack({ ...sources, file, header, rows, settings, out, resumeCommand: thisCommand() });
  const chance = Math.min(header.alpha + options.alpha, 0.999);
  const summary = summarizeAttack(rows, attacks, chance, options.radii ?? radiusGrid(rows));
  const report: AttackReport = { file, out, figure, header, gradient: sources.gradient.name, attacks, summary };
  await saveAttackFigure(report);
  print(options.json ? JSON.stringify(attackJson(report)) : attackText(report));
  if (!summary.failed) return;
  const { broken, allowed } = summary;
  const found = broken.length === 1 ? "1 certificate is" : `${broken.length} certificates are`;
  throw new Error(`${file}: ${found} broken, but alpha allows at most ${allowed}`);
}

/** The header of a log, and its first `images` rows. */
async function readCertificates(file: string, images?: number): Promise<{ header: LogHeader; rows: LogRow[] }> {
  const header = await readHeader(file);
  const { rows, warnings } = await readLog(file);
  if (header === undefined) {
    throw new FileError(file, "expected a log of smoothcert with its header beside it, found no header");
  }
  requireRowsOf(header, rows, file);
  for (const warning of warnings) warn(warning);
  return { header, rows: rows.slice(0, images ?? rows.length) };
}

function outputsOf(file: string, options: AttackOptions): { out: string; figure: string } {
  const out = options.out ?? besideLog(file);
  const figure = options.figure ?? `${out.replace(/\.\w+$/, "")}.svg`;
  const isAnother = writeTarget(out) !== writeTarget(file);
  requireThat(out.endsWith(".tsv") && isAnother, "attack", "--out", "another file name that ends in .tsv", out);
  requireThat(figure.endsWith(".svg"), "attack", "--figure", "a file name that ends in .svg", figure);
  for (const path of [out, headerPath(out), figure]) requireWritable(path);
  return { out, figure };
}

/** Where the attack on a log is written: `certify.tsv` -> `attack.tsv`, `mine.tsv` -> `mine.attack.tsv`. */
export function besideLog(file: string): string {
  const stem = file.replace(/\.\w+$/, "").replace(/(^|[/.\\])certify$/, "$1");
  return stem === "" || /[/.\\]$/.test(stem) ? `${stem}attack.tsv` : `${stem}.attack.tsv`;
}
