import { buildModel, type EngineChoice, type ImageShape, useEngine } from "smoothcert";
import { completeSettings, createObjective, gaussianCopies, train } from "smoothcert/train";
import { randomImages } from "./random-images.js";
import { summary } from "./summary.js";
import { startTorch } from "./torch-process.js";

/**
 * Training images a second, ours beside PyTorch's, in alternating rounds of one run: the same networks, batches and
 * optimiser, noise included. A round measures each once; ratios are taken within a round. Set up and run with: bash
 * bench/training.sh [rounds] [engine]
 */

interface Case {
  readonly net: "lenet" | "resnet20";
  readonly batch: number;
  readonly copies: number;
  /** Copies that are scored; all if left out. PyTorch scores all of them. */
  readonly screen?: number;
  readonly steps: number;
}

const SIGMA = 0.25;
const WARM_STEPS = 2;
const SHAPES: Record<Case["net"], ImageShape> = { lenet: [28, 28, 1], resnet20: [32, 32, 3] };
const CASES: readonly Case[] = [
  { net: "lenet", batch: 256, copies: 1, steps: 12 },
  { net: "lenet", batch: 256, copies: 4, steps: 6 },
  { net: "lenet", batch: 256, copies: 25, steps: 2 },
  { net: "lenet", batch: 256, copies: 25, screen: 3, steps: 4 },
  { net: "resnet20", batch: 128, copies: 1, steps: 6 },
  { net: "resnet20", batch: 128, copies: 4, steps: 3 },
  { net: "resnet20", batch: 128, copies: 25, steps: 1 },
  { net: "resnet20", batch: 128, copies: 25, screen: 3, steps: 2 },
];

interface TorchCase extends Omit<Case, "screen"> {
  readonly layout: "contiguous" | "channels_last";
}

/** Images a second of our training, its first steps left out. */
async function ours({ net, batch, copies, screen, steps }: Case): Promise<number> {
  const dataset = randomImages(SHAPES[net], batch * (steps + WARM_STEPS));
  const model = buildModel(net, { inputShape: SHAPES[net], classes: 10, seed: 0 });
  const settings = completeSettings({ epochs: 1, batch, lr: 0.01, warmup: 0 });
  let start = 0;
  let seconds = 0;
  const onStep = ({ step }: { step: number }): void => {
    if (step === WARM_STEPS) start = performance.now();
    seconds = (performance.now() - start) / 1000;
  };
  const objective = createObjective(copies === 1 ? { name: "gaussian" } : { name: "maxup", copies, screen });
  await train({ model, dataset, objective, augmentation: gaussianCopies(SIGMA), settings, hooks: { onStep } });
  model.dispose();
  return (batch * steps) / seconds;
}

const [rounds = "5", engine = "auto", python = "bench/.venv/bin/python"] = process.argv.slice(2);
const report = await useEngine(engine as EngineChoice);
console.log(`engine ${report.name} ${report.version}`);
const torch = await startTorch<TorchCase, { imagesPerSecond: number }>("train.py", python);

async function torchs(layout: TorchCase["layout"], { net, batch, copies, steps }: Case): Promise<number> {
  return (await torch.ask({ net, batch, copies, steps, layout })).imagesPerSecond;
}

console.log(
  "net, batch, copies | ours img/s | PyTorch img/s | channels_last img/s | ours / PyTorch | ours / channels_last",
);
for (const of of CASES) {
  const measured: [number, number, number][] = [];
  for (let round = 0; round < Number(rounds); round++) {
    measured.push([await ours(of), await torchs("contiguous", of), await torchs("channels_last", of)]);
  }
  const column = (pick: (round: [number, number, number]) => number, digits: number): string =>
    summary(measured.map(pick), digits);
  const cells = [column((r) => r[0], 0), column((r) => r[1], 0), column((r) => r[2], 0)];
  const ratios = [column((r) => r[0] / r[1], 2), column((r) => r[0] / r[2], 2)];
  const copies = of.screen === undefined ? `${of.copies}` : `${of.copies} screened to ${of.screen}`;
  console.log([`${of.net}, ${of.batch}, ${copies}`, ...cells, ...ratios].join(" | "));
}
torch.stop();
