import { Command } from "commander";
import {
  ArgumentError,
  type Dataset,
  ENGINE_CHOICES,
  type EngineChoice,
  type LoadedModel,
  loadModel,
  requireThat,
  requireWritable,
  type Split,
  useEngine,
  writeWhole,
} from "../src/index.js";
import { counted } from "../src/text/counted.js";
import { curvedLayers, expectedMax, expectedMaxSquared, type MeasuredRisk, measureRisk } from "../train/index.js";
import { interruptible } from "./interrupt.js";
import { dataSpecFor } from "./model-defaults.js";
import { openData } from "./open-data.js";
import { integer, numberList, oneOf, outputName } from "./options.js";
import { note, print, warn } from "./print.js";
import { startProgress } from "./progress.js";
import { spread } from "./spread.js";
import { taylorFigure, taylorText } from "./taylor-report.js";

interface TaylorOptions {
  readonly data?: string;
  readonly split: Split;
  readonly examples: number;
  readonly copies: number;
  readonly sigmas: number[];
  readonly draws: number;
  readonly seed: number;
  readonly engine: EngineChoice;
  readonly out: string;
  readonly json?: true;
}

/** From where float32 logits still show second-order remainders, to where most networks leave their linear region. */
const SIGMAS = [0.01, 0.02, 0.04, 0.08, 0.16, 0.32];

const HELP = `
The expansion, where g and H are the gradient and Hessian of the loss L at the
image, u = g/|g|, and M_m is the largest of m standard normal numbers:
  E max_i L(x + sigma z_i)
    = L + sigma c_m |g| + sigma^2/2 [tr H + (E M_m^2 - 1) u'Hu] + ...
If the loss is smooth, what the first order leaves falls with slope 2 on a
log-log scale, and what the second order leaves with slope 3. ReLU and
max-pooling networks are smooth only inside their linear regions: H is the
curvature in there, and noise that leaves the region adds to the second
remainder, whose slope is then closer to 2 until sigma is below the distance to
the region's walls. Models compute in float32, so remainders below about 1e-7 of
the logits are rounding errors. Standard errors are those of the draws, for the
examples taken.

Examples:
  smoothcert taylor runs/maxup
  smoothcert taylor runs/maxup --examples 100 --copies 16 --sigmas 0.005,0.01,0.02`;

/** `smoothcert taylor RUN`: the MaxUp risk of a trained model beside its expansions in sigma. */
export function taylorCommand(): Command {
  return new Command("taylor")
    .description("measure the MaxUp risk of a model beside its first- and second-order expansions in sigma")
    .argument("<model>", "a run folder or a TensorFlow.js model folder")
    .option("--data <spec>", "data set; by default the one the model was trained on")
    .option("--split <split>", "train or test", oneOf("--split", ["train", "test"]), "test")
    .option("--examples <n>", "examples, evenly spaced over the split", integer("--examples", 1), 20)
    .option("--copies <m>", "noisy copies per example, the worst of which counts", integer("--copies", 1), 4)
    .option("--sigmas <list>", "noise levels for pixels in [0, 1]", numberList("--sigmas"), SIGMAS)
    .option("--draws <n>", "draws of the copies, per example", integer("--draws", 2), 256)
    .option("--seed <s>", "seed of the draws", integer("--seed", 0), 0)
    .option("--engine <e>", "TensorFlow.js engine", oneOf("--engine", ENGINE_CHOICES), "auto")
    .option("--out <file>", "the figure", outputName("--out"), "taylor.svg")
    .option("--json", "print one JSON object")
    .addHelpText("after", HELP)
    .action(taylor);
}

async function taylor(path: string, options: TaylorOptions): Promise<void> {
  const { copies, draws, seed, split, out, json } = options;
  const wrong = options.sigmas.find((sigma) => !(sigma > 0));
  if (wrong !== undefined) throw new ArgumentError(`--sigmas must be greater than 0, got ${wrong}`, "--sigmas", wrong);
  requireThat(out.endsWith(".svg"), "taylor", "--out", "a file name that ends in .svg", out);
  requireWritable(out);
  const engine = await useEngine(options.engine);
  const loaded = await loadModel(path);
  const data = options.data ?? dataSpecFor(path, loaded.metadata);
  const dataset = await openData(data, split);
  requireFit(path, loaded, data, dataset);
  warnOfCurvedLayers(loaded);
  const examples = spread(dataset.length, options.examples);
  note(`engine ${engine.name} ${engine.version}; ${counted(examples.length, "example")} of ${dataset.name} ${split}`);
  const rows = await measure(loaded, dataset, examples, options);
  await writeWhole(
    out,
    await taylorFigure(rows, `${dataset.name} ${split}, ${counted(examples.length, "example")}, m = ${copies}`),
  );
  const moments = { expectedMax: expectedMax(copies), expectedMaxSquared: expectedMaxSquared(copies) };
  const result = { model: path, data, split, examples, copies, draws, seed, ...moments, rows };
  print(json ? JSON.stringify(result) : taylorText(rows, copies));
  note(`figure: ${out}`);
}

function requireFit(path: string, { metadata }: LoadedModel, data: string, dataset: Dataset): void {
  const { inputShape, classes } = metadata;
  const fits = inputShape.join() === dataset.shape.join() && classes.length === dataset.classes.length;
  if (fits) return;
  const wanted = `images ${inputShape.join("x")} in ${classes.length} classes for ${path}`;
  const found = `${dataset.shape.join("x")} in ${dataset.classes.length} classes`;
  throw new ArgumentError(`--data must hold ${wanted}, got ${data} with ${found}`, "--data", data);
}

function warnOfCurvedLayers({ model }: LoadedModel): void {
  const curved = curvedLayers(model);
  if (curved.length === 0) return;
  warn(`the second order assumes a model that is piecewise linear up to its logits; these layers are not: ${curved}`);
}

/** @throws InterruptedError after Ctrl-C */
async function measure(
  { model }: LoadedModel,
  dataset: Dataset,
  examples: readonly number[],
  { copies, draws, seed, sigmas }: TaylorOptions,
): Promise<MeasuredRisk[]> {
  const progress = startProgress("taylor", examples.length, "examples");
  let measured = 0;
  const onExample = (done: number, loss: number): void => {
    measured = done;
    progress.update(done, `loss ${loss.toFixed(3)}`);
  };
  try {
    return await interruptible(
      (signal) => measureRisk(model, dataset, examples, { copies, draws, seed, sigmas, signal, onExample }),
      () => `stopped after ${measured} of ${examples.length} examples; nothing was written`,
    );
  } finally {
    progress.stop();
  }
}
