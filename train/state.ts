import * as tf from "@tensorflow/tfjs-core";
import type * as tfl from "@tensorflow/tfjs-layers";
import { requireThat } from "../src/index.js";
import type { EpochSums } from "./record.js";
import type { NamedTensor } from "./safetensors.js";
import type { Sgd } from "./sgd.js";
import type { WeightAverage } from "./weight-average.js";

/**
 * All that training needs to go on exactly where it stood. Random numbers need no state: they are functions of the
 * seed, the epoch and the example.
 */
export interface TrainState {
  /** Epochs completed. */
  readonly epoch: number;
  /** Steps done in the epoch after those. */
  readonly step: number;
  /** What these steps add up to, for that epoch's record. */
  readonly sums: EpochSums;
  /** All weights of the model, trainable or not, in its order. */
  readonly weights: readonly NamedTensor[];
  /** The optimiser's velocity of each trainable weight. */
  readonly velocities: readonly NamedTensor[];
  /** The moving average of each weight, where one is kept. */
  readonly averages: readonly NamedTensor[];
}

export type TrainTensors = Pick<TrainState, "weights" | "velocities" | "averages">;

/** What training changes, besides the model. */
export interface Changing {
  readonly sgd: Sgd;
  readonly average: WeightAverage | undefined;
}

/** Copies the weights, velocities and averages out of the engine. */
export async function captureTensors(model: tfl.LayersModel, { sgd, average }: Changing): Promise<TrainTensors> {
  const captureAll = (of: tfl.LayersModel["weights"], tensors: readonly tf.Tensor[]) =>
    Promise.all(tensors.map((tensor, i) => capture(of[i].originalName, tensor)));
  const values = model.weights.map((weight) => weight.read());
  const [weights, velocities, averages] = await Promise.all([
    captureAll(model.weights, values),
    captureAll(model.trainableWeights, sgd.velocities),
    captureAll(model.weights, average?.averages ?? []),
  ]);
  return { weights, velocities, averages };
}

/** Copies a tensor out of the engine. */
export async function capture(name: string, tensor: tf.Tensor): Promise<NamedTensor> {
  return { name, shape: tensor.shape, values: Float32Array.from(await tensor.data()) };
}

/**
 * Copies the weights, velocities and averages of a state to where they were.
 *
 * @throws ArgumentError naming the first weight whose shape is another than in the model
 */
export function restoreTensors(state: TrainState, model: tfl.LayersModel, { sgd, average }: Changing): void {
  const weights = model.weights.map((weight) => weight.read() as tf.Variable);
  assignAll("weights", weights, state.weights);
  assignAll("velocities", sgd.velocities, state.velocities);
  assignAll("averages", average?.averages ?? [], state.averages);
}

function assignAll(what: string, variables: readonly tf.Variable[], tensors: readonly NamedTensor[]): void {
  const rule = `${variables.length} tensors, as in the model`;
  requireThat(tensors.length === variables.length, "train", `resume.${what}`, rule, tensors.length);
  variables.forEach((variable, i) => {
    const { name, shape, values } = tensors[i];
    const same = shape.join() === variable.shape.join();
    const argument = `resume.${what}[${i}] (${name})`;
    requireThat(same, "train", argument, `of the model's shape [${variable.shape}]`, shape);
    tf.tidy(() => variable.assign(tf.tensor(values, variable.shape, "float32")));
  });
}
