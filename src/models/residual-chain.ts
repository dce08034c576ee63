import type * as tf from "@tensorflow/tfjs-core";
import type { ResidualBlock } from "../engine/fused/residual-blocks.js";
import type { Folded } from "./folded-convolution.js";
import type { LayerGraph, Symbolic } from "./layer-graph.js";

/** Residual blocks of two convolutions each that follow on each other, and what the first of them is of. */
export interface ResidualChain {
  readonly images: Symbolic;
  readonly blocks: readonly ResidualBlock[];
}

/**
 * By the output of each residual block, the longest chain that ends with it, of which nothing within is taken by
 * another layer.
 *
 * @param folded the convolutions with the batch norms behind them, by what these make
 */
export function chainsOf(graph: LayerGraph, folded: ReadonlyMap<number, Folded>): ReadonlyMap<number, ResidualChain> {
  const blocks = new Map(graph.tensors.map((tensor) => [tensor.id, blockTo(tensor, graph, folded)]));
  const chains = new Map<number, ResidualChain>();
  const chainTo = (tensor: Symbolic): ResidualChain | undefined => {
    const last = blocks.get(tensor.id);
    if (last === undefined || chains.has(tensor.id)) return chains.get(tensor.id);
    const { images, block } = last;
    // Its first convolution takes them, and its sum.
    const before = graph.uses(images) === 2 ? chainTo(images) : undefined;
    const chain = { images: before?.images ?? images, blocks: [...(before?.blocks ?? []), block] };
    chains.set(tensor.id, chain);
    return chain;
  };
  graph.tensors.forEach(chainTo);
  return chains;
}

function blockTo(
  tensor: Symbolic,
  graph: LayerGraph,
  folded: ReadonlyMap<number, Folded>,
): { images: Symbolic; block: ResidualBlock } | undefined {
  const isFolded = ({ id }: Symbolic): boolean => folded.has(id);
  const outer = graph.residual(tensor, isFolded);
  const second = outer && folded.get(outer.core.id);
  if (!second || !outer.relu || outer.addend === undefined || !graph.isUsedOnce(second.images)) return undefined;
  const inner = graph.residual(second.images, isFolded);
  const first = inner && folded.get(inner.core.id);
  if (!first || !inner.relu || inner.addend !== undefined || first.images !== outer.addend) return undefined;
  if (![first, second].every(keepsShape)) return undefined;
  const block = { filters: [first.filter, second.filter], biases: [first.bias, second.bias] } as const;
  return { images: first.images, block };
}

/** Whether it makes images of the size and the channels of those that it takes, with 3x3 filters. */
function keepsShape({ filter, strides, pad }: Folded): boolean {
  const [rows, columns, inputs, outputs]: tf.Tensor4D["shape"] = filter.shape;
  return rows === 3 && columns === 3 && inputs === outputs && strides.every((step) => step === 1) && pad === "same";
}
