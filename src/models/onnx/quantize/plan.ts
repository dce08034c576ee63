import type { OnnxNode } from "../messages.js";
import type { Graph } from "./graph.js";
import { isCarrier, isJoint, isRectifier, kernelOperands } from "./kernels.js";

/** Which nodes integers compute, and which values are integers between them. */
export interface Plan {
  readonly nodes: ReadonlySet<OnnxNode>;
  /**
   * Every value that becomes integers, with the value whose range decides its scheme: itself, or the one it is a
   * rearrangement of.
   */
  readonly values: ReadonlyMap<string, string>;
  /** ReLUs that the rounding of the value before them does, each under that node. */
  readonly rectifiers: ReadonlyMap<OnnxNode, OnnxNode>;
}

/**
 * Convolutions and matrix products with constant weights become integer operations, and so do sums, averages and
 * concatenations between them. A convolution that makes the model's scores stays in floats, and a matrix product that
 * does gives floats: 256 levels would make ties of them.
 */
export function planOf(graph: Graph): Plan {
  return new Planner(graph).plan();
}

class Planner {
  readonly #consumers: Map<string, OnnxNode[]>;
  readonly #rectifiers = new Map<OnnxNode, OnnxNode>();
  readonly #kernels = new Set<OnnxNode>();
  readonly #joints = new Set<OnnxNode>();
  /** Values that could be had as integers, each with the value whose scheme it has. */
  readonly #carried = new Map<string, string>();
  /** Values that an integer operation takes. */
  readonly #wanted = new Set<string>();

  constructor(readonly graph: Graph) {
    this.#consumers = graph.consumers();
  }

  plan(): Plan {
    const { nodes, model } = this.graph;
    for (const node of nodes) this.#offer(node);
    const chosen = new Set(nodes.toReversed().filter((node) => this.#want(node)));
    const results = [...chosen].filter(({ opType }) => opType === "Conv").map((node) => this.#result(node));
    const rounded = new Set([...results, ...this.#wanted]);
    const ordered = [...model.graph.input.map(({ name }) => name), ...nodes.flatMap(({ output }) => output)];
    const values = ordered.filter((name) => rounded.has(name));
    const rectifiers = [...this.#rectifiers].filter(([node, { output }]) => chosen.has(node) && rounded.has(output[0]));
    return {
      nodes: chosen,
      values: new Map(values.map((name) => [name, this.#carried.get(name) ?? name])),
      rectifiers: new Map(rectifiers),
    };
  }

  /** On the way from the input: notes what integers could compute. */
  #offer(node: OnnxNode): void {
    const origin = this.#carried.get(node.input[0]);
    if (kernelOperands(this.graph, node) !== undefined) this.#propose(node, this.#kernels);
    else if (isJoint(node) && node.input.every((name) => this.#carried.has(name))) this.#propose(node, this.#joints);
    else if (isCarrier(node) && origin !== undefined) this.#carried.set(node.output[0], origin);
  }

  #propose(node: OnnxNode, set: Set<OnnxNode>): void {
    set.add(node);
    const takers = this.#consumers.get(node.output[0]) ?? [];
    if (takers.length === 1 && !this.graph.isOutput(node.output[0]) && isRectifier(this.graph, takers[0])) {
      this.#rectifiers.set(node, takers[0]);
    }
    const result = this.#result(node);
    this.#carried.set(result, result);
  }

  /** On the way back: says whether integers do compute the node, and notes which values that takes. */
  #want(node: OnnxNode): boolean {
    const isKernel = this.#kernels.has(node) && !(node.opType === "Conv" && this.#isScore(this.#result(node)));
    const isUseful = this.#joints.has(node) && this.#wanted.has(this.#result(node));
    if (isKernel) this.#wanted.add(node.input[0]);
    if (isUseful) for (const name of node.input) this.#wanted.add(name);
    const carries = isCarrier(node) && this.#carried.has(node.input[0]) && this.#wanted.has(node.output[0]);
    if (carries) this.#wanted.add(node.input[0]);
    return isKernel || isUseful;
  }

  #result(node: OnnxNode): string {
    return (this.#rectifiers.get(node) ?? node).output[0];
  }

  /** Whether the value is an output of the model, or becomes one without further arithmetic. */
  #isScore(value: string): boolean {
    if (this.graph.isOutput(value)) return true;
    const takers = this.#consumers.get(value) ?? [];
    return takers.length > 0 && takers.every((node) => isLast(node) && this.#isScore(node.output[0]));
  }
}

function isLast(node: OnnxNode): boolean {
  return isCarrier(node) || node.opType === "Softmax" || node.opType === "LogSoftmax";
}
