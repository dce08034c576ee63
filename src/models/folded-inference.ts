import * as tf from "@tensorflow/tfjs-core";
import type * as tfl from "@tensorflow/tfjs-layers";
import { fusedConvolution } from "../engine/fused/convolution.js";
import { residualBlocks } from "../engine/fused/residual-blocks.js";
import { type Folded, folded } from "./folded-convolution.js";
import { type Compute, LayerGraph, type Symbolic } from "./layer-graph.js";
import { chainsOf, type ResidualChain } from "./residual-chain.js";

/**
 * A model's inference in fewer passes over its activations: each batch norm is folded into the convolution before it,
 * and the zeros around its images, the sum and the ReLU of a residual block are taken in one operation with the
 * convolution where the engine has one, or residual blocks that follow on each other all at once. The outputs are those
 * of the model but for rounding.
 *
 * Weights are read when it is made: changes that come later do not count.
 */
export class FoldedInference {
  readonly #graph: LayerGraph;
  /** By the batch norm's output. */
  readonly #folded = new Map<number, Folded>();
  /** By the output of the last block. */
  readonly #chains: ReadonlyMap<number, ResidualChain>;

  /** @param model a model with one input and one output */
  constructor(model: tfl.LayersModel) {
    this.#graph = new LayerGraph(model);
    for (const tensor of this.#graph.tensors) {
      const convolution = folded(tensor, this.#graph);
      if (convolution !== undefined) this.#folded.set(tensor.id, convolution);
    }
    this.#chains = chainsOf(this.#graph, this.#folded);
  }

  /** The model's outputs for a batch of inputs. */
  outputs(images: tf.Tensor): tf.Tensor {
    return tf.tidy(() => this.#graph.run(images, false, (tensor, compute) => this.#fused(tensor, compute)));
  }

  /** Frees the folded weights; a `tf.tidy` in which it was made does so too. */
  dispose(): void {
    for (const { filter, bias } of this.#folded.values()) tf.dispose([filter, bias]);
  }

  /** Residual blocks, or a folded convolution with the sum and the ReLU that follow. */
  #fused(tensor: Symbolic, compute: Compute): tf.Tensor | undefined {
    const chain = this.#chains.get(tensor.id);
    const made = chain && residualBlocks(compute(chain.images) as tf.Tensor4D, chain.blocks);
    if (made !== undefined) return made;
    const residual = this.#graph.residual(tensor, ({ id }) => this.#folded.has(id));
    if (residual === undefined) return undefined;
    const { images, ...weights } = this.#folded.get(residual.core.id)!;
    const addend = residual.addend && (compute(residual.addend) as tf.Tensor4D);
    return fusedConvolution({ x: compute(images) as tf.Tensor4D, addend, relu: residual.relu, ...weights });
  }
}
