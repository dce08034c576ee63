import { Command } from "commander";
import { ENGINE_CHOICES, type EngineChoice, type Part, readCorpus, useEngine } from "../src/index.js";
import {
  bitsPerToken,
  dynamicTextLoss,
  type LanguageModelFile,
  loadLanguageModel,
  perplexity,
  type TextLoss,
} from "../train/index.js";
import { interruptible } from "./interrupt.js";
import { measureModel, textLossText } from "./language-measure.js";
import { integer, number, oneOf } from "./options.js";
import { print } from "./print.js";
import { startProgress } from "./progress.js";

interface EvaluateLmFlags {
  readonly data?: string;
  readonly part: Part;
  readonly streams: number;
  readonly dynamic?: true;
  readonly dynamicLr: number;
  readonly dynamicDecay: number;
  readonly engine: EngineChoice;
  readonly json?: true;
}

const HELP = `
All tokens but the first are predicted. With --streams 1 each is predicted from
all before it; with more streams the text is cut into that many parts of equal
length, which are read side by side, and each starts without context.

--dynamic lets the model go on learning from each piece of the text after it has
predicted it (Krause et al. 2018); it reads the text in one stream.

Examples:
  smoothcert evaluate-lm runs/lm
  smoothcert evaluate-lm runs/lm --part valid --streams 1
  smoothcert evaluate-lm runs/lm --dynamic
  smoothcert evaluate-lm runs/lm/model.safetensors --data other.txt --json`;

/** `smoothcert evaluate-lm MODEL`: the perplexity of a language model on a text. */
export function evaluateLmCommand(): Command {
  return new Command("evaluate-lm")
    .description("measure a language model on a text: perplexity, and bits per character")
    .argument("<model>", "the folder of a run of train-lm, or a model.safetensors")
    .optionsGroup("Text:")
    .option("--data <text>", "the text, as train-lm takes it; by default the one that the model was trained on")
    .option("--part <part>", "train, valid or test", oneOf("--part", ["train", "valid", "test"]), "test")
    .option("--streams <n>", "parts that are read side by side", integer("--streams", 1), 10)
    .optionsGroup("Dynamic evaluation:")
    .option("--dynamic", "let the model learn from what it has read")
    .option("--dynamic-lr <x>", "learning rate", number("--dynamic-lr"), 0.002)
    .option("--dynamic-decay <x>", "how fast the weights go back", number("--dynamic-decay"), 0.02)
    .optionsGroup("Computation and output:")
    .option("--engine <e>", "TensorFlow.js engine", oneOf("--engine", ENGINE_CHOICES), "auto")
    .option("--json", "print one JSON object")
    .addHelpText("after", HELP)
    .action(evaluateLmAction);
}

async function evaluateLmAction(path: string, flags: EvaluateLmFlags): Promise<void> {
  const model = await loadLanguageModel(path);
  const { level, vocabulary } = model;
  const corpus = await readCorpus(flags.data ?? model.data.source, level, vocabulary);
  await useEngine(flags.engine);
  const tokens = corpus[flags.part];
  const progress = startProgress("evaluate-lm", tokens.length - 1, `${level}s`);
  const onProgress = (loss: TextLoss): void =>
    progress.update(loss.tokens, `perplexity ${perplexity(loss).toPrecision(4)}`);
  try {
    const stopped = (): string => "evaluate-lm: stopped; nothing is kept.";
    const loss = await interruptible((signal) => measure(model, corpus, flags, { onProgress, signal }), stopped);
    progress.stop();
    const unknown = tokens.reduce((count, token) => count + (token === 0 ? 1 : 0), 0);
    if (flags.json) {
      const bits = level === "character" ? { bitsPerCharacter: bitsPerToken(loss) } : {};
      print(JSON.stringify({ ...loss, perplexity: perplexity(loss), ...bits, unknown }));
      return;
    }
    print(`${corpus.name}, ${flags.part}: ${textLossText(loss, level)}`);
    if (unknown > 0) print(`${unknown} of ${tokens.length} ${level}s are not in the vocabulary`);
  } finally {
    progress.stop();
  }
}

interface Watched {
  readonly onProgress: (loss: TextLoss) => void;
  readonly signal: AbortSignal;
}

async function measure(
  model: LanguageModelFile,
  corpus: Readonly<Record<Part, Int32Array>>,
  { part, streams, dynamic, dynamicLr: lr, dynamicDecay: decay }: EvaluateLmFlags,
  watched: Watched,
): Promise<TextLoss> {
  const { architecture, weights } = model;
  if (!dynamic) return await measureModel(model, corpus[part], { streams, ...watched });
  return await dynamicTextLoss(architecture, weights, corpus[part], corpus.train, { lr, decay, ...watched });
}
