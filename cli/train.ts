import { Command } from "commander";
import { ARCHITECTURES, ENGINE_CHOICES, type EngineChoice, INITIALIZATIONS, type Preprocessing } from "../src/index.js";
import { counted } from "../src/text/counted.js";
import { bestOf, DEFAULT_METHOD, METHODS, type RunResult, type RunSettings, SCHEDULES } from "../train/index.js";
import { methodHelp, splitMethodFlags, transformHelp, withMethodFlags } from "./method-flags.js";
import { integer, number, numberList, oneOf, outputName } from "./options.js";
import { print, shellCommand, thisCommand } from "./print.js";
import { formatDuration } from "./progress.js";
import { recipeHelp, settingsFrom } from "./recipe.js";
import { logText, runTraining, testText, validationText } from "./training.js";
import { splitValidationFlags, type ValidationFlags, withValidationFlags } from "./validation-flags.js";

type SettingFlags = Partial<Omit<RunSettings, "preprocessing" | "objective" | "validation">>;

interface PreprocessingFlags {
  readonly crop?: number[];
  readonly scale?: number;
  readonly mean?: number[];
  readonly std?: number[];
}

interface TrainFlags extends SettingFlags, PreprocessingFlags, ValidationFlags {
  readonly out: string;
  readonly recipe?: string;
  readonly objective?: string;
  readonly resume?: true;
  readonly engine: EngineChoice;
  readonly json?: true;
}

const help = (): string => `
Recipes (--recipe NAME), settings of published runs or like them (docs/recipes.md):
${recipeHelp()}
Options beside --recipe win over it. The folder of a run is a recipe too: it
trains again as that run did.

Methods, all under Gaussian noise:
${methodHelp()}

Transforms of an image before the noise (--augment), drawn anew in each epoch, and by maxup
without --screen for each copy:
${transformHelp()}

With --validate, the metrics of the images held back go into the progress line,
the history and TensorBoard, and the best model so far is kept in best/. Their
samples are few, so their radii are small: compare them with each other alone.

The run folder receives config.json, history.jsonl (one line per epoch), events
for TensorBoard, checkpoint/, model/ (TensorFlow.js) and model.onnx.
Ctrl-C saves the state. After any interruption, rerun the same command, or pass
only --resume and --out: the run ends with exactly the weights that it would
have had without the interruption. If a run diverges, resume it with --resume
and a lower --lr.
Noise is added to pixels in [0, 1] before any preprocessing, and nothing is
clipped. Weight decay acts on all weights, as in PyTorch.

Examples:
  smoothcert train --data mnist --model lenet --objective maxup --sigma 0.5 --out runs/maxup
  smoothcert train --data cifar10:data --model resnet20 --copies 25 --screen --out runs/screened
  smoothcert train --data cifar10:data --model resnet20 --augment crop:4,flip --out runs/cifar10
  smoothcert train --model mlp --objective gaussian --sigma 64/255 --epochs 3 --out runs/gaussian
  smoothcert train --validate 250 --best 0.5 --out runs/validated
  smoothcert train --resume --out runs/maxup
  smoothcert train --recipe mnist/maxup --epochs 10 --out runs/short
  smoothcert train --recipe runs/maxup --seed 1 --out runs/again`;

/** `smoothcert train`: trains a classifier under noise into a run folder. */
export function trainCommand(): Command {
  const command = new Command("train")
    .description("train a classifier under Gaussian noise, with MaxUp or another method, into a run folder")
    .optionsGroup("Run folder:")
    .requiredOption("--out <run>", "the run folder: a new one, or that of a run to resume", outputName("--out"))
    .option("--resume", "resume the run in this folder with its own settings, which need not be repeated")
    .option("--recipe <name>", "start from the settings of a recipe (see below), of a file or of a run");
  withModelFlags(command);
  withMethodFlags(withNoiseFlags(command));
  withScheduleFlags(command);
  return withValidationFlags(command)
    .option(
      "--test-every <n>",
      "epochs from one look at the test set's accuracy, without noise, to the next (default: none)",
      integer("--test-every", 1),
    )
    .optionsGroup("Computation and output:")
    .option("--engine <e>", "TensorFlow.js engine", oneOf("--engine", ENGINE_CHOICES), "auto")
    .option("--json", "print the summary as one JSON object")
    .addHelpText("after", help)
    .action(trainAction);
}

function namesOf(list: readonly { readonly name: string }[]): string[] {
  return list.map(({ name }) => name);
}

// Defaults are described, not given to commander: a run that is resumed has settings of its own.

function withModelFlags(command: Command): Command {
  const models = namesOf(ARCHITECTURES);
  return command
    .optionsGroup("Data and model:")
    .option("--data <spec>", "training set (see 'smoothcert data') (default: mnist)")
    .option("--limit <n>", "train on the first n examples only", integer("--limit", 1))
    .option("--model <name>", `${models.join(", ")} (default: lenet)`, oneOf("--model", models))
    .option(
      "--initialization <law>",
      "initial weights: he, or pytorch, PyTorch's own (default: he)",
      oneOf("--initialization", INITIALIZATIONS),
    )
    .option("--crop <h,w>", "the part of an image that the model sees, around its centre", numberList("--crop"))
    .option("--scale <k>", "the model multiplies pixels in [0, 1] by this (default: 1)", number("--scale"))
    .option("--mean <list>", "then subtracts this, one number per channel", numberList("--mean"))
    .option("--std <list>", "then divides by this, one number per channel", numberList("--std"));
}

function withNoiseFlags(command: Command): Command {
  const methods = namesOf(METHODS);
  return command
    .optionsGroup("Noise and method:")
    .option("--sigma <s>", "noise level for pixels in [0, 1], e.g. 0.5 or 64/255 (default: 0.5)", number("--sigma"))
    .option("--augment <list>", "transforms before the noise, e.g. crop:4,flip (see below) (default: none)")
    .option(
      "--objective <name>",
      `the method: ${methods.join(", ")} (see below) (default: ${DEFAULT_METHOD})`,
      oneOf("--objective", methods),
    )
    .option(
      "--warmup <n>",
      "first epochs, trained on a single noisy copy; a rise of the rate is --lr-ramp (default: 5, at most a quarter)",
      integer("--warmup", 0),
    )
    .option("--seed <s>", "seed of weights, noise and order (default: 0)", integer("--seed", 0));
}

function withScheduleFlags(command: Command): Command {
  return command
    .optionsGroup("Optimisation:")
    .option("--epochs <n>", "passes over the training set (default: 20)", integer("--epochs", 1))
    .option("--batch <n>", "images per step (default: 64)", integer("--batch", 1))
    .option("--lr <x>", "learning rate (default: 0.05)", number("--lr"))
    .option(
      "--lr-ramp <n>",
      "steps in which the learning rate first rises to --lr (default: 100, but at most an epoch)",
      integer("--lr-ramp", 0),
    )
    .option("--schedule <name>", "how it then falls: cosine or step (default: cosine)", oneOf("--schedule", SCHEDULES))
    .option(
      "--lr-step <n>",
      "with the step schedule, epochs between drops (default: a third of all)",
      integer("--lr-step", 1),
    )
    .option("--gamma <x>", "with the step schedule, the factor of each drop (default: 0.1)", number("--gamma"))
    .option("--momentum <x>", "momentum (default: 0.9)", number("--momentum"))
    .option("--nesterov", "Nesterov's momentum")
    .option(
      "--label-smoothing <x>",
      "part of a label shared out among all classes (default: 0)",
      number("--label-smoothing"),
    )
    .option("--weight-decay <x>", "weight decay (default: 1e-4)", number("--weight-decay"))
    .option(
      "--ema <x>",
      "the model's weights are a moving average with this decay, e.g. 0.999 (default: 0)",
      number("--ema"),
    );
}

async function trainAction(asked: TrainFlags): Promise<void> {
  const { out, recipe, resume, engine, json, crop, scale, mean, std, ...rest } = asked;
  const { given: validation, others: flags } = splitValidationFlags(rest);
  const { method, others } = splitMethodFlags(flags);
  const given = {
    ...others,
    ...validation,
    ...(method && { objective: method }),
    ...preprocessingOf({ crop, scale, mean, std }),
  };
  const result = await runTraining({
    out,
    settings: await settingsFrom(recipe, given),
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
  const { loss, log, validation, test } = history[history.length - 1];
  const best = settings.validation && bestOf(history, settings.validation.best);
  const seconds = history.reduce((sum, record) => sum + record.seconds, 0);
  const { folder, model, onnx } = paths;
  if (json) {
    print(
      JSON.stringify({
        run: folder,
        model,
        onnx,
        settings,
        epochs: history.length,
        loss,
        ...log,
        seconds,
        ...(best && { validation, best }),
        ...(test && { test }),
      }),
    );
    return;
  }
  const took = `${counted(history.length, "epoch")} in ${formatDuration(seconds)}`;
  print(`${took}: loss ${loss.toFixed(3)}, ${logText(log)} on the copies that it was trained on`);
  print(`model: ${model} (TensorFlow.js), ${onnx}`);
  if (test) print(testText(test));
  if (best) print(`best model: ${paths.best.folder}, of epoch ${best.epoch}: ${validationText(best.validation!)}`);
  const trained = best ? paths.best.folder : folder;
  if (settings.sigma === 0) print(`Evaluate it: ${shellCommand(["smoothcert", "evaluate", trained])}`);
  else print(`Certify it: ${shellCommand(["smoothcert", "certify", trained, "--n", "10000", "--skip", "20"])}`);
}
