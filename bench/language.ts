import { type Corpus, CounterRandom, type EngineChoice, STREAM, UNKNOWN, useEngine, Vocabulary } from "smoothcert";
import { completeLanguageSettings, trainLanguageModel } from "smoothcert/train";
import { summary } from "./summary.js";
import { startTorch } from "./torch-process.js";

/**
 * Tokens a second of training an AWD-LSTM, ours beside PyTorch's, in alternating rounds of one run: the same sizes,
 * dropout, penalties, clipping and optimiser. Our pieces of text vary in length, around that of PyTorch's. A round
 * measures each once; ratios are taken within a round. Set up and run with: bash bench/language.sh [rounds] [engine]
 */

interface Case {
  readonly vocabulary: number;
  readonly embedding: number;
  readonly hidden: number;
  readonly layers: number;
  readonly batch: number;
  readonly bptt: number;
  /** Copies of each sequence that MaxUp chooses among. */
  readonly copies: number;
  readonly steps: number;
}

const WARM_STEPS = 2;
const CASES: readonly Case[] = [
  { vocabulary: 10_000, embedding: 400, hidden: 400, layers: 2, batch: 20, bptt: 35, copies: 1, steps: 6 },
  { vocabulary: 10_000, embedding: 400, hidden: 400, layers: 2, batch: 20, bptt: 35, copies: 2, steps: 4 },
  { vocabulary: 66, embedding: 200, hidden: 512, layers: 2, batch: 64, bptt: 70, copies: 1, steps: 4 },
  { vocabulary: 10_000, embedding: 400, hidden: 1150, layers: 3, batch: 20, bptt: 70, copies: 1, steps: 2 },
];

/** Random tokens, of which nothing is learned. */
function randomText({ vocabulary, batch, bptt, steps }: Case): Corpus {
  const random = new CounterRandom({ seed: 0, stream: STREAM.theory, example: 0, sample: 0 });
  const tokens = (length: number): Int32Array => Int32Array.from({ length }, () => random.integer(vocabulary));
  const names = Array.from({ length: vocabulary }, (_, i) => (i === 0 ? UNKNOWN : String(i)));
  const parts = { train: tokens(batch * (bptt * 3 * (steps + WARM_STEPS))), valid: tokens(20), test: tokens(20) };
  return { name: "random", source: "random", level: "word", vocabulary: new Vocabulary(names), hash: "", ...parts };
}

/** Tokens a second of our training, its first steps left out. */
async function ours(of: Case): Promise<number> {
  const { embedding, hidden, layers, batch, bptt, copies, steps } = of;
  const settings = completeLanguageSettings({
    ...{ embedding, hidden, layers, batch, bptt, copies },
    ...{ epochs: 1, lr: 1, warmup: 0, dropoutEmbedding: 0.1 },
  });
  let [start, before, rate] = [0, 0, 0];
  const enough = new AbortController();
  const onStep = ({ step, tokens }: { step: number; tokens: number }): void => {
    if (step === WARM_STEPS) [start, before] = [performance.now(), tokens];
    if (step !== WARM_STEPS + steps) return;
    rate = (1000 * (tokens - before)) / (performance.now() - start);
    enough.abort();
  };
  const training = { settings, corpus: randomText(of), where: "nowhere", hooks: { onStep }, signal: enough.signal };
  await trainLanguageModel({ ...training, save: async () => {}, keep: async () => {} }).catch((error) => {
    if (!enough.signal.aborted) throw error;
  });
  return rate;
}

const [rounds = "5", engine = "auto", python = "bench/.venv/bin/python"] = process.argv.slice(2);
const report = await useEngine(engine as EngineChoice);
console.log(`engine ${report.name} ${report.version}`);
const torch = await startTorch<Case, { tokensPerSecond: number }>("language.py", python);

console.log(
  "vocabulary, embedding, hidden, layers, batch, steps, copies | ours tok/s | PyTorch tok/s | ours / PyTorch",
);
for (const of of CASES) {
  const measured: [number, number][] = [];
  for (let round = 0; round < Number(rounds); round++) {
    measured.push([await ours(of), (await torch.ask(of)).tokensPerSecond]);
  }
  const { vocabulary, embedding, hidden, layers, batch, bptt, copies } = of;
  const sizes = [vocabulary, embedding, hidden, layers, batch, bptt, copies].join(", ");
  const cells = [0, 1].map((i) =>
    summary(
      measured.map((round) => round[i]),
      0,
    ),
  );
  console.log(
    [
      sizes,
      ...cells,
      summary(
        measured.map(([a, b]) => a / b),
        2,
      ),
    ].join(" | "),
  );
}
torch.stop();
