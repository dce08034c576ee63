import { Command } from "commander";
import {
  END_OF_LINE,
  ENGINE_CHOICES,
  type EngineChoice,
  requireThat,
  textOf,
  tokensOf,
  useEngine,
} from "../src/index.js";
import { generate, type LanguageModelFile, loadLanguageModel } from "../train/index.js";
import { interruptible } from "./interrupt.js";
import { integer, number, oneOf } from "./options.js";
import { print, warn } from "./print.js";
import { startProgress } from "./progress.js";

interface GenerateFlags {
  readonly prompt?: string;
  readonly length: number;
  readonly temperature: number;
  readonly seed: number;
  readonly engine: EngineChoice;
}

const HELP = `
The same seed gives the same text on the same engine. Without a prompt the text
begins after the end of a line.

Examples:
  smoothcert generate runs/lm
  smoothcert generate runs/lm --prompt "ROMEO:" --length 500 --temperature 0.8 --seed 1`;

/** `smoothcert generate MODEL`: lets a language model write. */
export function generateCommand(): Command {
  return new Command("generate")
    .description("let a language model write a text")
    .argument("<model>", "the folder of a run of train-lm, or a model.safetensors")
    .optionsGroup("Text:")
    .option("--prompt <text>", "what the text begins with")
    .option("--length <n>", "words or characters that are written", integer("--length", 1), 200)
    .option("--temperature <x>", "below 1 likely ones become likelier", number("--temperature"), 1)
    .option("--seed <s>", "seed of the text", integer("--seed", 0), 0)
    .optionsGroup("Computation:")
    .option("--engine <e>", "TensorFlow.js engine", oneOf("--engine", ENGINE_CHOICES), "auto")
    .addHelpText("after", HELP)
    .action(generateAction);
}

async function generateAction(path: string, { prompt = "", engine, ...options }: GenerateFlags): Promise<void> {
  const model = await loadLanguageModel(path);
  const { level, vocabulary } = model;
  const begun = promptTokens(model, prompt);
  const numbers = vocabulary.encode(begun);
  const unknown = begun.filter((_, i) => numbers[i] === 0);
  if (unknown.length > 0) warn(`the model doesn't know ${[...new Set(unknown)].join(" ")}, and reads <unk> there`);
  await useEngine(engine);
  const progress = startProgress("generate", options.length, `${level}s`);
  let done = 0;
  try {
    const onToken = (): void => progress.update(++done, "");
    const stopped = (): string => `generate: stopped after ${done} of ${options.length} ${level}s.`;
    const written = await interruptible(
      (signal) => generate(model, { ...options, prompt: numbers, onToken, signal }),
      stopped,
    );
    progress.stop();
    const shown = prompt === "" ? [] : begun;
    print(textOf([...shown, ...vocabulary.decode(written)], level));
  } finally {
    progress.stop();
  }
}

/** The tokens of a prompt, which doesn't end its line; without one, the end of a line. */
function promptTokens({ level, vocabulary }: LanguageModelFile, prompt: string): string[] {
  const lineEnd = level === "word" ? END_OF_LINE : "\n";
  if (prompt === "") return [vocabulary.tokens.includes(lineEnd) ? lineEnd : vocabulary.tokens[1]];
  const tokens = tokensOf(prompt, level);
  const begun = level === "word" && !prompt.endsWith("\n") ? tokens.slice(0, -1) : tokens;
  requireThat(begun.length > 0, "generate", "prompt", `at least one ${level}`, prompt);
  return begun;
}
