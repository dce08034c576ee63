import { ATTRIBUTE_TYPE, DATA_TYPE, type OnnxNode } from "../messages.js";
import { attributeOf, isStandard, textOf } from "../node.js";
import type { Graph } from "./graph.js";

/**
 * Merges batch norms and zero padding into convolutions, where nothing else sees what lies between; the function stays
 * the same up to rounding.
 */
export function simplify(graph: Graph): void {
  foldPadding(graph);
  foldBatchNorms(graph);
  graph.dropUnusedConstants();
}

/** The convolution whose output goes to `node` alone. */
function convolutionBefore(graph: Graph, node: OnnxNode): OnnxNode | undefined {
  const producer = graph.producers().get(node.input[0]);
  if (producer === undefined || producer.opType !== "Conv" || !isStandard(producer)) return undefined;
  const alone = graph.consumers().get(node.input[0])?.length === 1 && !graph.isOutput(node.input[0]);
  return alone ? producer : undefined;
}

function foldBatchNorms(graph: Graph): void {
  for (const norm of graph.nodes.filter((node) => node.opType === "BatchNormalization" && isStandard(node))) {
    const convolution = convolutionBefore(graph, norm);
    const affine = affineOf(graph, norm);
    const weights = convolution && graph.floats(convolution.input[1]);
    if (!convolution || !affine || !weights) continue;
    const bias = convolution.input[2] ? graph.floats(convolution.input[2]) : new Float32Array(affine.scale.length);
    if (bias === undefined) continue;
    const size = weights.length / bias.length;
    const name = norm.output[0];
    const folded = weights.map((w, i) => w * affine.scale[Math.floor(i / size)]);
    const shifted = bias.map((b, c) => b * affine.scale[c] + affine.shift[c]);
    const { dims } = graph.constant(convolution.input[1])!;
    convolution.input = [
      convolution.input[0],
      addFloats(graph, `${name}/folded_weight`, dims, folded),
      addFloats(graph, `${name}/folded_bias`, [bias.length], shifted),
    ];
    convolution.output = [name];
    graph.nodes = graph.nodes.filter((node) => node !== norm);
  }
}

function addFloats(graph: Graph, name: string, dims: number[], values: Float32Array): string {
  return graph.addConstant({
    name,
    dataType: DATA_TYPE.float,
    dims: [...dims],
    rawData: new Uint8Array(values.buffer),
  });
}

/** A batch norm with constant statistics as scale * x + shift; undefined for one that is still being trained. */
function affineOf(graph: Graph, norm: OnnxNode): { scale: Float64Array; shift: Float64Array } | undefined {
  const [gamma, beta, mean, variance] = norm.input.slice(1).map((name) => graph.floats(name));
  if (!gamma || !beta || !mean || !variance || attributeOf(norm, "training_mode")?.i) return undefined;
  const epsilon = attributeOf(norm, "epsilon")?.f ?? 1e-5;
  const scale = Float64Array.from(gamma, (g, c) => g / Math.sqrt(variance[c] + epsilon));
  return { scale, shift: Float64Array.from(beta, (b, c) => b - mean[c] * scale[c]) };
}

function foldPadding(graph: Graph): void {
  for (const pad of graph.nodes.filter((node) => node.opType === "Pad" && isStandard(node))) {
    const pads = zeroPads(graph, pad);
    const takers = graph.consumers().get(pad.output[0]) ?? [];
    if (pads === undefined || graph.isOutput(pad.output[0]) || !takers.every(padsByHand)) continue;
    for (const convolution of takers) addPads(convolution, pads);
    graph.nodes = graph.nodes.filter((node) => node !== pad);
    for (const convolution of takers) convolution.input[0] = pad.input[0];
  }
}

/** Pads at the beginning and end of height and width, of a node that pads these with zeros and nothing else. */
function zeroPads(graph: Graph, pad: OnnxNode): number[] | undefined {
  const pads = graph.integers(pad.input[1]);
  const value = pad.input[2] ? graph.floats(pad.input[2])?.[0] : 0;
  const constant = (textOf(pad, "mode") ?? "constant") === "constant";
  if (pads?.length !== 8 || pad.input[3] || value !== 0 || !constant) return undefined;
  const [n, c, top, left, nEnd, cEnd, bottom, right] = pads;
  const fits = n === 0 && c === 0 && nEnd === 0 && cEnd === 0 && Math.min(top, left, bottom, right) >= 0;
  return fits ? [top, left, bottom, right] : undefined;
}

function padsByHand(node: OnnxNode): boolean {
  return node.opType === "Conv" && isStandard(node) && (textOf(node, "auto_pad") ?? "NOTSET") === "NOTSET";
}

function addPads(convolution: OnnxNode, more: readonly number[]): void {
  const own = attributeOf(convolution, "pads")?.ints ?? [];
  const ints = more.map((pad, i) => pad + (own[i] ?? 0));
  const others = convolution.attribute.filter(({ name }) => name !== "pads");
  convolution.attribute = [...others, { name: "pads", type: ATTRIBUTE_TYPE.ints, ints }];
}
