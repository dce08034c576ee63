import type { OnnxNode } from "../messages.js";
import { attributeOf, isStandard } from "../node.js";
import type { ChannelLayout } from "./affine.js";
import type { Graph } from "./graph.js";

/** The constant operands of a convolution or matrix product, as quantisation sees them. */
export interface KernelOperands {
  readonly weights: Float32Array;
  readonly dims: readonly number[];
  /** The dimension of the weights that is the outputs' channel. */
  readonly axis: number;
  readonly bias: Float32Array | undefined;
}

/**
 * The operands of a node that integers can compute; undefined for all others, and where a weight or bias is not
 * constant.
 */
export function kernelOperands(graph: Graph, node: OnnxNode): KernelOperands | undefined {
  if (!isStandard(node) || !isKernel(node)) return undefined;
  const weights = graph.floats(node.input[1]);
  const dims = graph.constant(node.input[1])?.dims ?? [];
  const bias = node.input[2] ? graph.floats(node.input[2]) : undefined;
  if (!weights || (node.input[2] && !bias)) return undefined;
  const axis = channelAxis(node, dims.length);
  if (axis === undefined || (bias && bias.length !== dims[axis])) return undefined;
  return { weights, dims, axis, bias };
}

function isKernel(node: OnnxNode): boolean {
  if (node.opType === "Conv" || node.opType === "MatMul") return true;
  if (node.opType !== "Gemm") return false;
  const { transA, alpha, beta } = {
    transA: attributeOf(node, "transA")?.i ?? 0,
    alpha: attributeOf(node, "alpha")?.f ?? 1,
    beta: attributeOf(node, "beta")?.f ?? 1,
  };
  return transA === 0 && alpha === 1 && beta === 1;
}

function channelAxis({ opType, attribute }: OnnxNode, rank: number): number | undefined {
  if (opType === "Conv") return rank >= 3 ? 0 : undefined;
  if (rank !== 2) return undefined;
  return opType === "Gemm" && attribute.some(({ name, i }) => name === "transB" && i === 1) ? 0 : 1;
}

/** How the weights fall into channels, or into one channel for a scale of the whole tensor. */
export function layoutOf({ dims, axis }: KernelOperands, perChannel: boolean): ChannelLayout {
  if (!perChannel) return { channels: 1, stride: 1 };
  return { channels: dims[axis], stride: dims.slice(axis + 1).reduce((a, b) => a * b, 1) };
}

/** Operators that integers compute where all their inputs are integers already. */
const JOINTS = ["Add", "AveragePool", "Concat", "GlobalAveragePool"];

export function isJoint(node: OnnxNode): boolean {
  return isStandard(node) && JOINTS.includes(node.opType);
}

/**
 * Operators whose output holds values of their first input and no others (but for zero padding): both share a scheme.
 */
const CARRIERS = ["Dropout", "Flatten", "Identity", "MaxPool", "Reshape", "Squeeze", "Transpose", "Unsqueeze"];

export function isCarrier(node: OnnxNode): boolean {
  return isStandard(node) && CARRIERS.includes(node.opType) && node.output.length === 1;
}

/** ReLUs, also with a ceiling: integers that stop at 0, and at the largest value seen, clip as they do. */
export function isRectifier(graph: Graph, node: OnnxNode): boolean {
  if (!isStandard(node)) return false;
  if (node.opType === "Relu") return true;
  return node.opType === "Clip" && graph.floats(node.input[1])?.[0] === 0;
}
