import {
  EXTERNAL,
  type OnnxAttribute,
  type OnnxGraph,
  type OnnxModel,
  type OnnxNode,
  type OnnxTensor,
} from "./messages.js";
import { DEEPEST_GRAPH, nestedGraphs } from "./nested-graphs.js";
import { decodeFunction, decodeSparseTensor, decodeTensor } from "./proto.js";

/** A tensor whose values lie in a file beside the model's. */
export interface ExternalTensor {
  /** Its name; that of the node's output where a node holds it. */
  readonly name: string;
  /** The file, as the model names it: relative to the model's folder. Empty if the model names none. */
  readonly location: string;
  /**
   * Whether it is a weight or a Constant of the main graph. Others are held by branches, loops, functions or
   * attributes, or are sparse.
   */
  readonly plain: boolean;
}

/**
 * All tensors of the model whose values lie in other files: weights and constants, those in branches, loops and
 * functions too.
 *
 * @throws Error if a part of the model is no protobuf message, or if graphs lie too deep within each other
 */
export function externalTensors(model: OnnxModel): ExternalTensor[] {
  const functions = (model.functions ?? []).flatMap((bytes) => decodeFunction(bytes).node);
  return [...inGraph(model.graph, 0), ...functions.flatMap((node) => inNode(node, 1))];
}

function inGraph(graph: OnnxGraph, depth: number): ExternalTensor[] {
  if (depth > DEEPEST_GRAPH) throw new Error(`it has more than ${DEEPEST_GRAPH} graphs within each other`);
  const sparse = (graph.sparseInitializer ?? []).flatMap(ofSparse);
  return [
    ...external(graph.initializer, depth === 0),
    ...external(sparse, false),
    ...graph.node.flatMap((node) => inNode(node, depth)),
  ];
}

function inNode(node: OnnxNode, depth: number): ExternalTensor[] {
  const named = (tensor: OnnxTensor): OnnxTensor => ({ ...tensor, name: tensor.name || node.output[0] });
  const values = node.attribute.flatMap(({ t }) => (t === undefined ? [] : [t]));
  return [
    ...external(values.map(named), depth === 0 && node.opType === "Constant"),
    ...external(node.attribute.flatMap(listed).map(named), false),
    ...nestedGraphs(node).flatMap(({ graph }) => inGraph(graph, depth + 1)),
  ];
}

function listed({ tensors = [], sparseTensor, sparseTensors = [] }: OnnxAttribute): OnnxTensor[] {
  const sparse = [...(sparseTensor === undefined ? [] : [sparseTensor]), ...sparseTensors];
  return [...tensors.map(decodeTensor), ...sparse.flatMap(ofSparse)];
}

function ofSparse(bytes: Uint8Array): OnnxTensor[] {
  const { values, indices } = decodeSparseTensor(bytes);
  return [values, indices].filter((tensor) => tensor !== undefined);
}

function external(tensors: readonly OnnxTensor[], plain: boolean): ExternalTensor[] {
  return tensors
    .filter(({ dataLocation }) => dataLocation === EXTERNAL)
    .map(({ name, externalData = [] }) => {
      const location = externalData.find(({ key }) => key === "location")?.value ?? "";
      return { name, location, plain };
    });
}
