import { existsSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { Command } from "commander";
import { auditModel, type CardLog, headerPath, modelCard, tableRadii } from "../certify/index.js";
import { FileError, requireThat, type TrainingRecord, writeWhole } from "../src/index.js";
import { runtimeOf } from "./computation.js";
import { openWholeLog } from "./curve-logs.js";
import { logsAt } from "./log-at.js";
import { findModel } from "./model-source.js";
import { numberList, outputName, requireRadii } from "./options.js";
import { requireNew } from "./output-file.js";
import { print } from "./print.js";

interface CardOptions {
  readonly model?: string;
  readonly name?: string;
  readonly license?: string;
  readonly radii?: readonly number[];
  readonly out: string;
}

const HELP = `
The card is a README.md as Hugging Face shows it: front matter in YAML with the
results (model-index), then how the model was trained, certified accuracy, what
is claimed and what not, and the command by which others check it.
How it was trained is taken from --model, or from the run folder that holds the
log, if that is the model of the log.

Examples:
  smoothcert card runs/maxup --out runs/maxup/README.md --license apache-2.0
  smoothcert card runs/maxup/certify.tsv runs/maxup/uniform.tsv --radii 0,0.25,0.5,0.75,1`;

/** `smoothcert card LOG...`: a model card with what the logs certify. */
export function cardCommand(): Command {
  return new Command("card")
    .description("write a model card with what logs certify of a model, as Hugging Face shows it")
    .argument("<logs...>", "logs of smoothcert, or run folders, about one model", logsAt)
    .option("--model <m>", "the certified model; by default the run folder that holds the log")
    .option("--name <text>", "the model's name; by default that in the log")
    .option("--license <id>", "the model's license, as Hugging Face names it, e.g. apache-2.0")
    .option("--radii <list>", "radii of the table, e.g. 0,0.25,64/255; by default a grid", numberList("--radii"))
    .option("--out <file>", "the card", outputName("--out"), "README.md")
    .addHelpText("after", HELP)
    .action(writeCard);
}

async function writeCard(paths: readonly string[], { model, name, license, radii, out }: CardOptions): Promise<void> {
  requireRadii("card", radii);
  requireNew(out);
  const logs = await Promise.all(paths.map(async (path) => withHeader(await openWholeLog(path))));
  const [{ file, header }] = logs;
  const other = logs.find((log) => log.header.model.hash !== header.model.hash);
  requireThat(other === undefined, "card", "logs", `all about the model of ${file}`, other?.file);
  const training = await trainingOf(logs[0], model);
  const card = { name: name ?? header.model.name, license, logs, training, radii: radii ?? tableRadii(logs) };
  await writeWhole(out, modelCard(card));
  print(`model card: ${out}`);
}

function withHeader({ file, header, rows }: Awaited<ReturnType<typeof openWholeLog>>): CardLog {
  if (header !== undefined) return { file, header, rows };
  throw new FileError(
    headerPath(file),
    "expected the header of a log of smoothcert, which names the model, found none",
  );
}

/** How the model was trained; undefined where nothing beside the log is its model, or where the model doesn't say. */
async function trainingOf({ file, header }: CardLog, model: string | undefined): Promise<TrainingRecord | undefined> {
  const path = model ?? dirname(file);
  const runtime = runtimeOf(header);
  const isThere = existsSync(join(path, "model.onnx")) || existsSync(join(path, "model"));
  if (model === undefined && !isThere) return undefined;
  const { metadata, open } = await findModel(path, "auto", runtime);
  const [height, width, channels] = header.data.shape;
  const classifier = await open([height, width, channels], {});
  const [finding] = auditModel(classifier, header);
  await classifier.close?.();
  if (finding === undefined) return metadata?.training;
  if (model === undefined) return undefined;
  throw new FileError(basename(resolve(model)), `is not the model of ${file}: its hash is ${finding.message}`);
}
