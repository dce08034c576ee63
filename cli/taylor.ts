import { Command } from "commander";
import {
  ArgumentError,
  type Dataset,
  dimensionOf,
  ENGINE_CHOICES,
  type EngineChoice,
  InterruptedError,
  type LoadedModel,
  lineFigure,
  loadModel,
  requireWritable,
  type Split,
  useEngine,
  writeUnit,
  writeWhole,
} from "../src/index.js";
import {
  curvedLayers,
  estimateRisk,
  expectedMax,
  expectedMaxSquared,
  firstOrderRisk,
  modelLoss,
  modelTaylor,
  type RiskEstimate,
  type TaylorPolynomial,
} from "../train/index.js";
import { interruptible } from "./interrupt.js";
import { dataSpecFor } from "./model-defaults.js";
import { openData } from "./open-data.js";
import { integer, numberList, oneOf, outputName } from "./options.js";
import { note, print, table, warn } from "./print.js";
import { startProgress } from "./progress.js";

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

/** `smoothcert taylor RUN`: the MaxUp risk of a trained model beside its expansions in sigma. */
export function taylorCommand(): Command {
  return new Command("taylor")
    .description("measure the MaxUp risk of a trained model beside its first- and second-order expansion in sigma")
    .argument("<model>", "a run folder or a TensorFlow.js model folder")
    .option("--data <spec>", "data set; by default that of training")
    .option("--split <split>", "train or test", oneOf("--split", ["train", "test"]), "test")
    .option("--examples <n>", "examples, evenly spaced over the split", integer("--examples", 1), 20)
    .option("--copies <m>", "copies of an example, the worst of which counts", integer("--copies", 1), 4)
    .option("--sigmas <list>", "noise levels for pixels in [0, 1]", numberList("--sigmas"), SIGMAS)
    .option("--draws <n>", "draws of the copies, of each example", integer("--draws", 2), 256)
    .option("--seed <s>", "seed of the draws", integer("--seed", 0), 0)
    .option("--engine <e>", "TensorFlow.js engine", oneOf("--engine", ENGINE_CHOICES), "auto")
    .option("--out <file>", "the figure", outputName("--out"), "taylor.svg")
    .option("--json", "print one JSON object")
    .addHelpText("after", HELP)
    .action((path: string, options: TaylorOptions) => interruptible((signal) => taylor(path, options, signal)));
}

const HELP = `
The expansion, with g and H the gradient and Hessian of the loss L at the image, u = g/|g| and M_m the largest of m standard normals:
  E max_i L(x + sigma z_i) = L + sigma c_m |g| + sigma^2/2 [tr H + (E M_m^2 - 1) u'Hu] + ...
Where the loss is smooth, what the first order leaves falls with slope 2 on a log-log scale and what the second order leaves with
slope 3. ReLU and max-pooling networks are smooth only inside linear regions: H is the curvature in there, and noise that
crosses the walls adds to the second remainder, whose slope is then nearer to 2 until sigma is below their distance.
Models compute in float32: remainders below some 1e-7 of the logits are rounding. Errors are of the draws, for the examples taken.

Examples:
  smoothcert taylor runs/maxup
  smoothcert taylor runs/maxup --examples 100 --copies 16 --sigmas 0.005,0.01,0.02 --out taylor.svg`;

/** The means over the examples at one noise level. */
interface Row {
  readonly sigma: number;
  readonly risk: number;
  readonly firstOrder: number;
  readonly secondOrder: number;
  readonly firstOrderRemainder: number;
  readonly secondOrderRemainder: number;
  /** Of the risk and of both remainders. */
  readonly standardError: number;
}

async function taylor(path: string, options: TaylorOptions, signal: AbortSignal): Promise<void> {
  const sigmas = sortedSigmas(options.sigmas);
  requireWritable(options.out);
  const engine = await useEngine(options.engine);
  const loaded = await loadModel(path);
  const data = options.data ?? dataSpecFor(path, loaded.metadata);
  const dataset = await openData(data, options.split);
  requireFit(path, loaded, data, dataset);
  const curved = curvedLayers(loaded.model);
  if (curved.length > 0) {
    warn(
      `the second order takes the model as piecewise linear up to its logits, which these layers are not: ${curved}`,
    );
  }
  const indices = spacedIndices(dataset.length, options.examples);
  const { copies, draws, seed, split } = options;
  note(`engine ${engine.name} ${engine.version}; ${indices.length} examples of ${dataset.name} ${split}`);
  const rows = await measure(loaded, dataset, indices, { copies, draws, seed, sigmas }, signal);
  const moments = { expectedMax: expectedMax(copies), expectedMaxSquared: expectedMaxSquared(copies) };
  await writeWhole(options.out, figure(rows, `${dataset.name} ${split}, ${indices.length} examples, m = ${copies}`));
  const result = {
    model: path,
    data,
    split,
    examples: indices,
    copies,
    draws,
    seed,
    ...moments,
    rows: withSlopes(rows),
  };
  print(options.json ? JSON.stringify(result) : describe(rows, copies));
  note(`figure: ${options.out}`);
}

function sortedSigmas(sigmas: readonly number[]): number[] {
  const wrong = sigmas.find((sigma) => !(sigma > 0));
  if (wrong === undefined) return [...new Set(sigmas)].sort((a, b) => a - b);
  throw new ArgumentError(`--sigmas must be greater than 0, got ${wrong}`, "--sigmas", wrong);
}

function requireFit(path: string, { metadata }: LoadedModel, data: string, dataset: Dataset): void {
  const { inputShape, classes } = metadata;
  const fits = inputShape.join() === dataset.shape.join() && classes.length === dataset.classes.length;
  if (fits) return;
  const wanted = `images ${inputShape.join("x")} in ${classes.length} classes for ${path}`;
  const found = `${dataset.shape.join("x")} in ${dataset.classes.length} classes`;
  throw new ArgumentError(`--data must hold ${wanted}, got ${data} with ${found}`, "--data", data);
}

/** `count` indices evenly spaced over [0, length), or all of them if there are no more. */
function spacedIndices(length: number, count: number): number[] {
  const taken = Math.min(length, count);
  return Array.from({ length: taken }, (_, k) => Math.floor((k * length) / taken));
}

async function measure(
  { model }: LoadedModel,
  dataset: Dataset,
  indices: readonly number[],
  options: { copies: number; draws: number; seed: number; sigmas: number[] },
  signal: AbortSignal,
): Promise<Row[]> {
  const progress = startProgress("taylor", indices.length, "examples");
  const parts: Row[][] = [];
  for (const example of indices) {
    if (signal.aborted) break;
    const { pixels, label } = dataset.example(example);
    const point = new Float32Array(dimensionOf(dataset.shape));
    writeUnit(pixels, point);
    const polynomial = modelTaylor(model, point, label);
    const estimates = await estimateRisk(modelLoss(model, label), polynomial, { ...options, example });
    parts.push(estimates.map((estimate) => rowOf(polynomial, options.copies, estimate)));
    progress.update(parts.length, `loss ${polynomial.loss.toFixed(3)}`);
  }
  progress.stop();
  if (signal.aborted)
    throw new InterruptedError(`stopped after ${parts.length} of ${indices.length} examples; nothing was written`);
  return options.sigmas.map((_, s) => average(parts.map((part) => part[s])));
}

function rowOf(polynomial: TaylorPolynomial, copies: number, estimate: RiskEstimate): Row {
  const { sigma, risk, firstOrderRemainder, secondOrderRemainder } = estimate;
  const firstOrder = firstOrderRisk(polynomial, copies, sigma);
  return { ...estimate, firstOrder, secondOrder: firstOrder + firstOrderRemainder - secondOrderRemainder, risk };
}

function average(rows: readonly Row[]): Row {
  const mean = (field: Exclude<keyof Row, "sigma">): number =>
    rows.reduce((sum, row) => sum + row[field], 0) / rows.length;
  return {
    sigma: rows[0].sigma,
    risk: mean("risk"),
    firstOrder: mean("firstOrder"),
    secondOrder: mean("secondOrder"),
    firstOrderRemainder: mean("firstOrderRemainder"),
    secondOrderRemainder: mean("secondOrderRemainder"),
    standardError: Math.hypot(...rows.map((row) => row.standardError)) / rows.length,
  };
}

/** Each row with the slopes of its remainders from the row before, on a log-log scale; null where one is hidden by its noise. */
function withSlopes(
  rows: readonly Row[],
): (Row & { firstOrderSlope: number | null; secondOrderSlope: number | null })[] {
  return rows.map((row, k) => ({
    ...row,
    firstOrderSlope: slope("firstOrderRemainder", rows[k - 1], row),
    secondOrderSlope: slope("secondOrderRemainder", rows[k - 1], row),
  }));
}

function slope(
  field: "firstOrderRemainder" | "secondOrderRemainder",
  before: Row | undefined,
  row: Row,
): number | null {
  if (before === undefined || !isClear(before, field) || !isClear(row, field)) return null;
  const ratio = row[field] / before[field];
  return ratio > 0 ? Math.log(ratio) / Math.log(row.sigma / before.sigma) : null;
}

/** Whether a remainder stands two standard errors above 0. */
function isClear(row: Row, field: "firstOrderRemainder" | "secondOrderRemainder"): boolean {
  return Math.abs(row[field]) > 2 * row.standardError;
}

function describe(rows: readonly Row[], copies: number): string {
  const head = ["sigma", "risk", "1st order", "2nd order", "risk - 1st", "slope", "risk - 2nd", "slope", "s.e."];
  const decimals = (value: number): string => value.toFixed(5);
  const short = (value: number): string => value.toExponential(2);
  const slopeText = (value: number | null): string => (value === null ? "-" : value.toFixed(2));
  const cells = withSlopes(rows).map((row) => [
    String(row.sigma),
    ...[row.risk, row.firstOrder, row.secondOrder].map(decimals),
    short(row.firstOrderRemainder),
    slopeText(row.firstOrderSlope),
    short(row.secondOrderRemainder),
    slopeText(row.secondOrderSlope),
    short(row.standardError),
  ]);
  const moments = `c_m = ${expectedMax(copies).toFixed(6)}, E M_m^2 = ${expectedMaxSquared(copies).toFixed(6)} for m = ${copies}`;
  return `${table([head, ...cells])}\n${moments}; slopes are from the row above, on a log-log scale`;
}

function figure(rows: readonly Row[], title: string): string {
  const remainders = (field: "firstOrderRemainder" | "secondOrderRemainder") => {
    const shown = rows.filter((row) => row[field] !== 0);
    return {
      points: shown.map((row) => [row.sigma, Math.abs(row[field])] as const),
      errorBars: shown.map((row) => {
        const size = Math.abs(row[field]);
        return [size - 2 * row.standardError, size + 2 * row.standardError] as const;
      }),
    };
  };
  const first = remainders("firstOrderRemainder");
  const second = remainders("secondOrderRemainder");
  return lineFigure({
    title,
    x: { label: "sigma (pixels in [0, 1])", scale: "log" },
    y: { label: "size of the remainder of the MaxUp risk (nats)", scale: "log" },
    series: [
      { label: "risk - first order", ...first },
      { label: "risk - second order", ...second },
      { label: "slope 2", style: "dashed", points: guide(first.points, 2) },
      { label: "slope 3", style: "dashed", points: guide(second.points, 3) },
    ],
  });
}

/** A line of the given slope through the last point, over the range of the points. */
function guide(points: readonly (readonly [number, number])[], slope: number): [number, number][] {
  const last = points.at(-1);
  if (last === undefined) return [];
  return points.map(([x]) => [x, last[1] * (x / last[0]) ** slope]);
}
