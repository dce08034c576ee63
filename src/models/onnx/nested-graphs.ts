import type { OnnxGraph, OnnxNode } from "./messages.js";
import { decodeGraph } from "./proto.js";

/** A graph inside a node, such as a branch of If or the body of Loop, under the attribute's name. */
export interface NestedGraph {
  readonly attribute: string;
  readonly graph: OnnxGraph;
}

/**
 * Most graphs within each other: a protobuf message of ONNX Runtime's has at most 100 within each other, three a
 * graph.
 */
export const DEEPEST_GRAPH = 33;

/** @throws Error if the bytes of a graph are no protobuf message */
export function nestedGraphs(node: OnnxNode): NestedGraph[] {
  return node.attribute.flatMap(({ name, g, graphs = [] }) =>
    [...(g === undefined ? [] : [g]), ...graphs].map((bytes) => ({ attribute: name, graph: decodeGraph(bytes) })),
  );
}
