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
 * The longest chain of residual blocks that ends in `tensor`, of which nothing within is taken by another layer.
 *
 * @param folded the convolutions with the batch norms behind them, by what these make
 */
export function chainTo(
  tensor: Symbolic,
  graph: LayerGraph,
  folded: ReadonlyMap<number, Folded>,
): ResidualChain | undefined {
  const found = blockTo(tensor, graph, folded);
  if (found === undefined) return undefined;
  const { images, block } = found;
  // Its first convolution takes them, and its sum.
  const before = graph.uses(images) === 2 ? chainTo(images, graph, folded) : undefined;
  return { images: before?.images ?? images, blocks: [...(before?.blocks ?? []), block] };
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
