import { Command, Option } from "commander";
import { ENGINE_CHOICES, type EngineChoice, InterruptedError, VERSION } from "../src/index.js";
import { counted } from "../src/text/counted.js";
import {
  type DeclaredOption,
  type GivenLanguageSettings,
  type LanguageRunResult,
  languageOptions,
  loadLanguageModel,
  perplexity,
  trainLanguageRun,
} from "../train/index.js";
import { flagName, parseOption } from "./declared-flag.js";
import { interruptible } from "./interrupt.js";
import { measureModel, textLossText } from "./language-measure.js";
import { LanguageWatch } from "./language-watch.js";
import { oneOf, outputName } from "./options.js";
import { note, print, shellCommand, thisCommand } from "./print.js";
import { formatDuration } from "./progress.js";

interface TrainLmFlags extends GivenLanguageSettings {
  readonly out: string;
  readonly data?: string;
  readonly resume?: true;
  readonly engine: EngineChoice;
  readonly json?: true;
}

const HELP = `
A text is a folder with train.txt, valid.txt and test.txt, as the Penn Treebank
and WikiText-2 come, or one file, which is split 90 : 5 : 5 in order. Words stand
between spaces; each line ends with the word <eos>. Tokens beyond --vocabulary,
and those that only the validation and the test text have, become <unk>.

With --copies 2 or more each sequence is embedded several times, with other words
dropped (--dropout-embedding) and other noise (--embedding-noise), and the step
learns from the copy with the largest loss: MaxUp. The paper takes 2 copies.

The run folder receives config.json, history.jsonl, events for TensorBoard,
checkpoint/ and model.safetensors, the model with the lowest validation loss.
Ctrl-C saves the state. After any interruption, rerun the same command, or pass
only --resume and --out: the run ends with exactly the same weights.

Examples:
  smoothcert train-lm --data ptb --out runs/ptb
  smoothcert train-lm --data shakespeare.txt --level character --copies 2 --out runs/lm
  smoothcert train-lm --resume --out runs/lm
  smoothcert train-lm --data ptb --embedding 400 --hidden 1150 --layers 3 --epochs 500 --copies 2 \\
    --out runs/awd-lstm`;

/** `smoothcert train-lm`: trains a language model into a run folder. */
export function trainLmCommand(): Command {
  const command = new Command("train-lm")
    .description("train a language model (AWD-LSTM) on a text, plainly or with MaxUp, into a run folder")
    .optionsGroup("Run folder:")
    .requiredOption("--out <run>", "the run folder: a new one, or that of a run to resume", outputName("--out"))
    .option("--data <text>", "the text: a folder or a file (see below)")
    .option("--resume", "resume the run in this folder with its own settings, which need not be repeated");
  for (const [heading, options] of languageOptions()) {
    for (const option of options) command.addOption(flagOf(option).helpGroup(heading));
  }
  return command
    .optionsGroup("Computation and output:")
    .option("--engine <e>", "TensorFlow.js engine", oneOf("--engine", ENGINE_CHOICES), "auto")
    .option("--json", "print the summary as one JSON object")
    .addHelpText("after", HELP)
    .action(trainLmAction);
}

/** Defaults are described, not given to commander: a run that is resumed has settings of its own. */
function flagOf(option: DeclaredOption): Option {
  const { name, description, default: fallback } = option;
  const note = fallback === undefined ? "" : ` (default: ${fallback})`;
  return new Option(`${flagName(name)} <x>`, `${description}${note}`).argParser((text) => parseOption(option, text));
}

async function trainLmAction(flags: TrainLmFlags): Promise<void> {
  const { out, data, resume, engine, json, ...settings } = flags;
  const watch = new LanguageWatch();
  try {
    const result = await interruptible((signal) =>
      trainLanguageRun({
        out,
        data,
        settings,
        resume: resume === true,
        engine,
        version: VERSION,
        hooks: watch,
        signal,
      }),
    );
    watch.stop();
    await summarize(result, json === true);
  } catch (error) {
    if (!(error instanceof InterruptedError)) throw error;
    throw new InterruptedError(`${error.message} Resume with: ${thisCommand()}`, { cause: error });
  } finally {
    watch.stop();
  }
}

async function summarize({ paths, settings, corpus, history }: LanguageRunResult, json: boolean): Promise<void> {
  const model = await loadLanguageModel(paths.model);
  note("Measuring the best model on the validation and the test text");
  const stopped = (): string => "train-lm: stopped; the run is finished. Rerun the command to measure its model.";
  const measure = (part: "valid" | "test") =>
    interruptible((signal) => measureModel(model, corpus[part], { streams: 10, signal }), stopped);
  const [valid, test] = [await measure("valid"), await measure("test")];
  const seconds = history.reduce((sum, record) => sum + record.seconds, 0);
  const { folder, model: file } = paths;
  if (json) {
    const perplexities = { validPerplexity: perplexity(valid), testPerplexity: perplexity(test) };
    print(JSON.stringify({ run: folder, model: file, settings, epoch: model.epoch, ...perplexities, seconds }));
    return;
  }
  print(`${counted(history.length, "epoch")} in ${formatDuration(seconds)}; the best is epoch ${model.epoch}`);
  print(`validation: ${textLossText(valid, model.level)}`);
  print(`test:       ${textLossText(test, model.level)}`);
  print(`model: ${file}. Let it write: ${shellCommand(["smoothcert", "generate", folder])}`);
}
