import { Command } from "commander";
import { ARCHITECTURES, ENGINE_CHOICES, type EngineChoice, type Preprocessing } from "../src/index.js";
import { DEFAULT_METHOD, METHODS, type RunResult, type RunSettings, SCHEDULES } from "../train/index.js";
import { methodHelp, splitMethodFlags, withMethodFlags } from "./method-flags.js";
import { integer, number, numberList, oneOf, outputName } from "./options.js";
import { counted, print, thisCommand } from "./print.js";
import { formatDuration } from "./progress.js";
import { logText, runTraining } from "./training.js";

type SettingFlags = Partial<Omit<RunSettings, "preprocessing" | "objective">>;

interface PreprocessingFlags {
  readonly crop?: number[];
  readonly scale?: number;
  readonly mean?: number[];
  readonly std?: number[];
}

interface TrainFlags extends SettingFlags, PreprocessingFlags {
  readonly out: string;
  readonly objective?: string;
  readonly resume?: true;
  readonly engine: EngineChoice;
  readonly json?: true;
}

const HELP = `
Objectives, all under Gaussian noise; options of one are flags that name it:
${methodHelp()}

RUN gets config.json, history.jsonl (a line an epoch), events for TensorBoard, checkpoint/, model/ (TensorFlow.js) and
model.onnx. Ctrl-C saves. Stopped at any moment, the same command goes on to exactly the weights of an uninterrupted
run, and so does --resume with --out alone. A run that diverged goes on from its last checkpoint with --resume and a
lower --lr. Noise is added to pixels in [0, 1], before any preprocessing, and nothing is clipped. Weight decay acts on
all weights, as in PyTorch.

Examples:
  smoothcert train --data mnist --model lenet --objective maxup --copies 4 --sigma 0.5 --epochs 20 --out runs/maxup
  smoothcert train --data cifar10:data --model resnet20 --copies 25 --screen --sigma 0.25 --out runs/screened
  smoothcert train --model mlp --objective gaussian --sigma 64/255 --epochs 3 --out runs/gaussian
  smoothcert train --resume --out runs/maxup`;

/** `smoothcert train`: trains a classifier under noise into a run folder. */
export function trainCommand(): Command {
  const names = (list: readonly { name: string }[]): string[] => list.map(({ name }) => name);
  const command = new Command("train")
    .description("train a classifier under Gaussian noise, by MaxUp or another method, into a run folder")
    .requiredOption("--out <run>", "the run folder: a new one, or that of a run to go on with", outputName("--out"))
    .option("--resume", "go on with the settings of the run in there; they need not be given again")
    .option("--data <spec>", "training set (see 'smoothcert data'); default mnist")
    .option("--limit <n>", "train on the first n examples only", integer("--limit", 1))
    .option(
      "--model <name>",
      `${names(ARCHITECTURES).join(", ")}; default lenet`,
      oneOf("--model", names(ARCHITECTURES)),
    )
    .option(
      "--objective <name>",
      `${names(METHODS).join(", ")} (see below); default ${DEFAULT_METHOD}`,
      oneOf("--objective", names(METHODS)),
    );
  return withMethodFlags(command)
    .option("--sigma <s>", "noise level for pixels in [0, 1], e.g. 0.5 or 64/255; default 0.5", number("--sigma"))
    .option("--epochs <n>", "passes over the training set; default 20", integer("--epochs", 1))
    .option("--batch <n>", "images in a step; default 64", integer("--batch", 1))
    .option("--lr <x>", "learning rate; default 0.05", number("--lr"))
    .option(
      "--lr-ramp <n>",
      "first steps in which it rises to that; default 100, at most an epoch",
      integer("--lr-ramp", 0),
    )
    .option("--momentum <x>", "default 0.9", number("--momentum"))
    .option("--weight-decay <x>", "default 1e-4", number("--weight-decay"))
    .option(
      "--schedule <name>",
      "how the learning rate falls: cosine or step; default cosine",
      oneOf("--schedule", SCHEDULES),
    )
    .option("--lr-step <n>", "step schedule: epochs between drops; default a third of all", integer("--lr-step", 1))
    .option("--gamma <x>", "step schedule: factor of a drop; default 0.1", number("--gamma"))
    .option(
      "--warmup <n>",
      "first epochs on one plain noisy copy; default 5, but at most a quarter of all",
      integer("--warmup", 0),
    )
    .option("--seed <s>", "of weights, noise and order; default 0", integer("--seed", 0))
    .option("--crop <h,w>", "what the model sees of an image, around its centre", numberList("--crop"))
    .option("--scale <k>", "the model's factor on pixels in [0, 1]; default 1", number("--scale"))
    .option("--mean <list>", "subtracted in the model after that, one number a channel", numberList("--mean"))
    .option("--std <list>", "divided by in the model after that, one number a channel", numberList("--std"))
    .option("--engine <e>", "TensorFlow.js engine", oneOf("--engine", ENGINE_CHOICES), "auto")
    .option("--json", "print the summary as one JSON object")
    .addHelpText("after", HELP)
    .action(trainAction);
}

async function trainAction(flags: TrainFlags): Promise<void> {
  const { out, resume, engine, json, crop, scale, mean, std, ...given } = flags;
  const { method, others } = splitMethodFlags(given);
  const result = await runTraining({
    out,
    settings: { ...others, ...(method && { objective: method }), ...preprocessingOf({ crop, scale, mean, std }) },
    resume: resume === true,
    engine,
    resumeCommand: thisCommand(),
  });
  summarize(result, json === true);
}

/** The preprocessing that the flags ask for; nothing if none does. Its parts are checked where the model is built. */
function preprocessingOf(flags: { [K in keyof PreprocessingFlags]: PreprocessingFlags[K] | undefined }): {
  preprocessing?: Preprocessing;
} {
  const given = Object.entries(flags).filter(([, value]) => value !== undefined);
  return given.length === 0 ? {} : { preprocessing: Object.fromEntries(given) as Preprocessing };
}

function summarize({ paths, settings, history }: RunResult, json: boolean): void {
  const { loss, log } = history[history.length - 1];
  const seconds = history.reduce((sum, record) => sum + record.seconds, 0);
  const { folder, model, onnx } = paths;
  if (json) {
    print(JSON.stringify({ run: folder, model, onnx, settings, epochs: history.length, loss, ...log, seconds }));
    return;
  }
  const took = `${counted(history.length, "epoch")} in ${formatDuration(seconds)}`;
  print(`${took}: loss ${loss.toFixed(3)}, ${logText(log)} on the copies learned from`);
  print(`model: ${model} (TensorFlow.js), ${onnx}`);
  print(`Certify it: smoothcert certify ${folder} --n 10000 --skip 20`);
}
