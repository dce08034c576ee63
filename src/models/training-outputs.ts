import type * as tf from "@tensorflow/tfjs-core";
import type * as tfl from "@tensorflow/tfjs-layers";
import { canNormalize, normalizeInTraining } from "../engine/fused/batch-norm-training.js";
import { type Compute, inputsOf, isNormOfLastAxis, LayerGraph, type Symbolic } from "./layer-graph.js";

/**
 * A model's outputs in training mode: dropout is on, batch normalisation uses the statistics of the batch and moves its
 * averages towards them. Where the engine can, a batch norm and the sum and ReLU that follow it are computed, and
 * differentiated, in one operation.
 *
 * @param model a model with one input and one output
 */
export function trainingOutputs(model: tfl.LayersModel, images: tf.Tensor): tf.Tensor {
  const graph = new LayerGraph(model);
  return graph.run(images, true, (tensor, compute) => normalized(graph, tensor, compute));
}

function normalized(graph: LayerGraph, tensor: Symbolic, compute: Compute): tf.Tensor | undefined {
  const residual = graph.residual(tensor, isNormOfLastAxis);
  if (residual === undefined) return undefined;
  const { core, addend, relu } = residual;
  const [x] = inputsOf(core);
  if (!canNormalize(core.sourceLayer, x)) return undefined;
  return normalizeInTraining(core.sourceLayer, compute(x), { addend: addend && compute(addend), relu });
}
