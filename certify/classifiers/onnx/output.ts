import { FileError } from "../../../src/errors.js";
import { SCORE_TYPES } from "./elements.js";
import type { ValueMetadata } from "./input.js";

/** What the one score of a classifier of two classes is: class 1 where a logit is above 0, a probability above 1/2. */
export const BINARY_SCORES = ["logit", "probability"] as const;
export type BinaryScore = (typeof BINARY_SCORES)[number];

/** Where a model's scores lie, as far as its file leaves that open. */
export interface ScoreOptions {
  /** The output that holds them. @defaultValue the one float output whose shape fits */
  readonly output?: string;
  /** Reads one score per image as two classes. @defaultValue every class has a score */
  readonly binary?: BinaryScore;
  /** The number of classes looked for, where it is known: it tells scores from features. */
  readonly classes?: number;
}

/** The scores of a model, and how they become a score for each class. */
export interface Scores {
  /** The output's name. */
  readonly name: string;
  /** Number of classes; at least 2. */
  readonly classes: number;
  /**
   * What of this is not so by itself, and thus part of what the classifier is: an output that is not the first;
   * binary.
   */
  readonly reading: { readonly output?: string; readonly binary?: BinaryScore };
  /** From the output's numbers to `classes` scores an image, back to back; the label is that of the largest. */
  perClass(numbers: ArrayLike<number>): ArrayLike<number>;
}

/** What a run of the model gave for an output. */
export interface RunOutput {
  readonly type: string;
  readonly dims: readonly number[];
}

/**
 * Finds the scores among a model's outputs: the float output [batch, classes], dimensions of 1 not counted, that was
 * asked for by name, or else the only one; with several, the only one of as many classes as are looked for.
 *
 * @param declared all outputs of the model @param found those that a run over `rows` images gave, by name
 * @throws FileError that lists the outputs if none fits, or several do
 */
export function findScores(
  path: string,
  declared: readonly ValueMetadata[],
  found: Readonly<Record<string, RunOutput>>,
  rows: number,
  { output, binary, classes }: ScoreOptions,
): Scores {
  if (output !== undefined && !declared.some(({ name }) => name === output)) {
    throw new FileError(path, `has no output '${output}'. ${listOf(declared, found)}`);
  }
  const asked = declared.filter(({ name }) => output === undefined || name === output);
  const sizes = asked.map(({ name }) => ({ name, each: scoresEach(found[name], rows) }));
  const fitting = sizes.filter(({ each }) => (binary === undefined ? each >= 2 : each === 1));
  const exact = fitting.filter(({ each }) => binary !== undefined || each === classes);
  const [chosen, ...others] = fitting.length > 1 && exact.length > 0 ? exact : fitting;
  if (chosen !== undefined && others.length === 0) {
    return scoresOf(chosen.name, chosen.each, binary, chosen.name === declared[0].name);
  }
  const several = chosen !== undefined;
  const lonely = !several && binary === undefined && sizes.some(({ each }) => each === 1);
  const next = several ? SAY_WHICH : lonely ? ONE_SCORE : zipMapAdvice(asked);
  throw new FileError(path, `${problem(several, binary, classes)}. ${listOf(declared, found)}${next}`);
}

/**
 * Names of the outputs that scores may be read from: float tensors. ONNX Runtime can't give others to JavaScript at
 * all.
 */
export function floatOutputs(declared: readonly ValueMetadata[]): string[] {
  return declared.filter(({ isTensor, type }) => isTensor && SCORE_TYPES.includes(type ?? "")).map(({ name }) => name);
}

/** Scores of each image in an output [rows, k], dimensions of 1 not counted; 0 where it is no such output. */
export function scoresEach(output: RunOutput | undefined, rows: number): number {
  if (output === undefined || !SCORE_TYPES.includes(output.type) || output.dims[0] !== rows) return 0;
  const sizes = output.dims.slice(1).filter((size) => size !== 1);
  return sizes.length > 1 ? 0 : (sizes[0] ?? 1);
}

function scoresOf(name: string, each: number, binary: BinaryScore | undefined, first: boolean): Scores {
  const reading = { ...(!first && { output: name }), ...(binary && { binary }) };
  if (binary === undefined) return { name, classes: each, reading, perClass: (numbers) => numbers };
  const threshold = binary === "logit" ? 0 : 0.5;
  return { name, classes: 2, reading, perClass: (numbers) => excess(numbers, threshold) };
}

/** A score of 0 for class 0, and for class 1 how far it is above the threshold: class 1 wins only where it is above. */
function excess(numbers: ArrayLike<number>, threshold: number): Float64Array {
  const scores = new Float64Array(2 * numbers.length);
  for (let i = 0; i < numbers.length; i++) scores[2 * i + 1] = numbers[i] - threshold;
  return scores;
}

const SAY_WHICH = " Say which holds the scores: --output NAME";
const ONE_SCORE =
  " One score an image is read as two classes with --binary logit (class 1 where it is above 0) or" +
  " --binary probability (class 1 where it is above 1/2, as after a sigmoid)";

function problem(several: boolean, binary: BinaryScore | undefined, classes: number | undefined): string {
  const shape = binary === undefined ? "[batch, classes]" : "[batch, 1] for --binary";
  if (!several) return `expected an output of float scores ${shape}, found none`;
  const looked = binary === undefined && classes !== undefined ? `, with ${classes} classes looked for` : "";
  return `expected one output of float scores ${shape}${looked}, found several`;
}

/** What to do where probabilities come as maps, as scikit-learn's exporter makes them unless it is told not to. */
function zipMapAdvice(outputs: readonly ValueMetadata[]): string {
  const map = outputs.find(({ isTensor }) => !isTensor);
  if (map === undefined) return "";
  return (
    ` '${map.name}' is a list of maps (ZipMap): export the model without them,` +
    ` to_onnx(model, X, options={id(model): {"zipmap": False}})`
  );
}

/** All outputs as a person needs to see them: `outputs: 'features' float32 [batch, 192], 'label' int64 [batch]`. */
function listOf(declared: readonly ValueMetadata[], found: Readonly<Record<string, RunOutput>>): string {
  const text = ({ name, isTensor, type, shape = [] }: ValueMetadata): string => {
    if (!isTensor) return `'${name}' no tensor`;
    // A run knows dimensions that the file leaves unnamed.
    const dims = shape.map((d, i) => (typeof d === "number" ? d : i === 0 ? "batch" : (found[name]?.dims[i] ?? d)));
    return `'${name}' ${type} [${dims.join(", ")}]`;
  };
  return `Its outputs: ${declared.map(text).join(", ")}.`;
}
