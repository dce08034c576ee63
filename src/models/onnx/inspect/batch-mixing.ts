import type { OnnxModel, OnnxNode } from "../messages.js";
import { nestedGraphs } from "../nested-graphs.js";
import { isStandard } from "../node.js";
import { batchEffect } from "./batch-rules.js";
import type { LiveNode } from "./live-nodes.js";
import { carriesBatch, type Effect, type Place } from "./place.js";

/** What the file tells of the mixing of images. */
export interface Mixing {
  /** Nodes that certainly take values of several images together, and over which axes. */
  readonly mixing: readonly { readonly node: OnnxNode; readonly axes: string }[];
  /** Nodes of the main graph of which the file doesn't tell: those behind which the batch is lost sight of. */
  readonly open: readonly OnnxNode[];
}

/** How the model takes its images. */
export interface BatchInput {
  readonly name: string;
  /** Number of axes; the first is that of the batch. */
  readonly rank: number;
  /** Images that it takes at once, where it was exported for one number. */
  readonly batch: number | undefined;
}

/**
 * Follows the axis of the batch from the input through the main graph.
 *
 * @param nodes those on which the output depends
 */
export function batchMixing(model: OnnxModel, nodes: readonly LiveNode[], input: BatchInput): Mixing {
  const places = new Map<string, Place>();
  for (const { name, dims } of model.graph.initializer) places.set(name, { rank: dims.length });
  places.set(input.name, { axis: 0, rank: input.rank });
  const mixing: { node: OnnxNode; axes: string }[] = [];
  const open: OnnxNode[] = [];
  for (const live of nodes.filter(({ within }) => within === "")) {
    const { node } = live;
    const inputs = node.input.map((name) => (name === "" ? {} : places.get(name)));
    const effect = effectOf(live, inputs, input.batch);
    if (effect === undefined) {
      if (!inputs.includes(undefined)) open.push(node);
    } else if ("mixes" in effect) mixing.push({ node, axes: effect.mixes });
    else for (const name of node.output) places.set(name, effect);
  }
  return { mixing, open };
}

function effectOf(live: LiveNode, places: readonly (Place | undefined)[], batch: number | undefined): Effect {
  const { node, constant } = live;
  const standard = isStandard(node);
  if (standard && node.opType === "Constant") return { rank: constant(node.output[0])?.dims.length };
  // How many images there are is no property of any of them.
  if (standard && node.opType === "Shape") return { rank: 1 };
  if (standard && node.opType === "Size") return { rank: 0 };
  if (places.includes(undefined) || nestedGraphs(node).length > 0) return undefined;
  return places.some(carriesBatch) ? batchEffect(live, places, batch) : {};
}
