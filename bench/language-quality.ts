import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Corpus, type EngineChoice, readCorpus, useEngine, VERSION } from "smoothcert";
import {
  completeLanguageSettings,
  type GivenLanguageSettings,
  type LanguageSettings,
  loadLanguageModel,
  namedWeights,
  perplexity,
  textLoss,
  trainLanguageRun,
  variablesOf,
  weightShapes,
} from "smoothcert/train";
import { keptRows } from "./kept-rows.js";
import { summary } from "./summary.js";
import { startTorch, type TorchProcess } from "./torch-process.js";

/**
 * Validation and test perplexity of AWD-LSTMs on one text: plain training, MaxUp with two copies, and plain training by
 * PyTorch, the same sizes and epochs, three seeds of each. Set up and run with: bash bench/language-quality.sh TEXT
 */

const SEEDS = [0, 1, 2];
const RUNS = "runs/language-quality";

/** Small models want less dropout than the published one. */
const DROPOUT = { dropoutInput: 0.2, dropoutHidden: 0.15, dropoutOutput: 0.2, weightDrop: 0.2, alpha: 1, beta: 0.5 };

const LEVELS: readonly GivenLanguageSettings[] = [
  { level: "word", vocabulary: 5000, embedding: 100, hidden: 150, epochs: 12, batch: 20, bptt: 35, lr: 20, ...DROPOUT },
  { level: "character", embedding: 64, hidden: 192, epochs: 4, batch: 32, bptt: 70, lr: 20, ...DROPOUT },
];

type Variant = "plain" | "maxup" | "pytorch";

interface Row {
  readonly level: string;
  readonly variant: Variant;
  readonly seed: number;
  readonly valid: number;
  readonly test: number;
}

type Torch = TorchProcess<object, Pick<Row, "valid" | "test">>;

/** Perplexities of our model of these settings, trained into a folder where it goes on after an interruption. */
async function ours(data: string, engine: EngineChoice, variant: Variant, settings: LanguageSettings) {
  const out = join(RUNS, `${settings.level}-${variant}-${settings.seed}`);
  const { paths, corpus } = await trainLanguageRun({ out, data, settings, engine, version: VERSION });
  const { architecture, weights } = await loadLanguageModel(paths.model);
  const variables = variablesOf(weights, weightShapes(architecture), false);
  const measure = async (tokens: Int32Array): Promise<number> =>
    perplexity(await textLoss(namedWeights(variables), architecture, tokens, { streams: 10 }));
  const found = { valid: await measure(corpus.valid), test: await measure(corpus.test) };
  for (const variable of variables) variable.dispose();
  return found;
}

async function torchs(torch: Torch, corpus: Corpus, settings: LanguageSettings) {
  mkdirSync(RUNS, { recursive: true });
  const files = (["train", "valid", "test"] as const).map((part) => {
    const file = join(RUNS, `${settings.level}-${part}.bin`);
    writeFileSync(file, corpus[part]);
    return file;
  });
  return await torch.ask({ files, vocabularySize: corpus.vocabulary.size, s: settings });
}

const [data, engine = "auto", python = "bench/.venv/bin/python"] = process.argv.slice(2);
const report = await useEngine(engine as EngineChoice);
console.log(`engine ${report.name} ${report.version}`);
const torch: Torch = await startTorch("train_language.py", python);
const rows = keptRows<Row>("bench/language-quality.tsv", {
  level: String,
  variant: (text) => text as Variant,
  seed: Number,
  valid: Number,
  test: Number,
});

for (const given of LEVELS) {
  const plain = completeLanguageSettings({ ...given, warmup: 0 });
  const corpus = await readCorpus(data, plain.level, plain.vocabulary);
  for (const seed of SEEDS) {
    for (const variant of ["plain", "maxup", "pytorch"] as const) {
      const { level } = plain;
      if (rows.all().some((row) => row.level === level && row.variant === variant && row.seed === seed)) continue;
      const settings = { ...plain, seed, copies: variant === "maxup" ? 2 : 1 };
      const { valid, test } =
        variant === "pytorch"
          ? await torchs(torch, corpus, settings)
          : await ours(data, engine as EngineChoice, variant, settings);
      const row = { level, variant, seed, valid, test };
      rows.add(row);
      console.log(Object.values(row).join("\t"));
    }
  }
}
torch.stop();

console.log("level, variant | valid perplexity | test perplexity");
const all = rows.all();
for (const name of new Set(all.map(({ level, variant }) => `${level}, ${variant}`))) {
  const group = all.filter(({ level, variant }) => `${level}, ${variant}` === name);
  const column = (part: "valid" | "test"): string =>
    summary(
      group.map((row) => row[part]),
      3,
    );
  console.log([name, column("valid"), column("test")].join(" | "));
}
