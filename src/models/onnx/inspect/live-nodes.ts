import { constantsOf } from "../constants.js";
import type { OnnxFunction, OnnxGraph, OnnxModel, OnnxNode, OnnxTensor } from "../messages.js";
import { DEEPEST_GRAPH, type NestedGraph, nestedGraphs } from "../nested-graphs.js";
import { isStandard, opsetOf } from "../node.js";
import { decodeFunction } from "../proto.js";

/** A node on which an output depends, and where it stands. */
export interface LiveNode {
  readonly node: OnnxNode;
  /** Version of ONNX's operators there. */
  readonly opset: number;
  /** The graph or function that holds it, e.g. `then_branch of If 'c'`; empty for the main graph. */
  readonly within: string;
  /** The constant of that name, as seen from there. */
  constant(name: string): OnnxTensor | undefined;
}

/**
 * The nodes on which an output of the model depends, those in branches, loops and functions too. Nodes of one graph
 * come in the graph's order.
 *
 * @throws Error if a part of the model is no protobuf message, or if graphs lie too deep within each other
 */
export function liveNodes(model: OnnxModel, output: string): LiveNode[] {
  const functions = new Map((model.functions ?? []).map(decodeFunction).map((body) => [keyOf(body.name, body), body]));
  const found: LiveNode[] = [];
  const main = { opset: opsetOf(model.opsetImport), within: "", depth: 0, constant: () => undefined };
  collect(model.graph, [output], main, { functions, found });
  return found;
}

interface Scope extends Omit<LiveNode, "node"> {
  readonly depth: number;
}

interface Search {
  /** Those of the model that were not met yet. */
  readonly functions: Map<string, OnnxFunction>;
  readonly found: LiveNode[];
}

function keyOf(name: string, of: Pick<OnnxNode, "domain">): string {
  return JSON.stringify([isStandard(of) ? "" : of.domain, name]);
}

function collect(
  graph: Pick<OnnxGraph, "node"> & Partial<Pick<OnnxGraph, "initializer">>,
  outputs: readonly string[],
  outer: Scope,
  search: Search,
): void {
  if (outer.depth > DEEPEST_GRAPH) throw new Error(`it has more than ${DEEPEST_GRAPH} graphs within each other`);
  const constants = constantsOf(graph.node, graph.initializer);
  const scope: Scope = { ...outer, constant: (name) => constants.get(name) ?? outer.constant(name) };
  const nested = new Map(graph.node.map((node) => [node, nestedGraphs(node)]));
  for (const node of neededFor(outputs, nested)) {
    search.found.push({ node, ...scope });
    for (const { attribute, graph: inner } of nested.get(node) as NestedGraph[]) {
      const within = `${attribute} of ${node.opType} '${node.name || node.output[0]}'`;
      const results = inner.output.map(({ name }) => name);
      collect(inner, results, { ...scope, within, depth: scope.depth + 1 }, search);
    }
    enterFunction(node, scope, search);
  }
}

function enterFunction(node: OnnxNode, { depth }: Scope, search: Search): void {
  const key = keyOf(node.opType, node);
  const body = search.functions.get(key);
  if (body === undefined) return;
  search.functions.delete(key);
  const opset = opsetOf(body.opsetImport);
  const scope = { opset, within: `function ${body.name}`, depth: depth + 1, constant: () => undefined };
  collect(body, body.output, scope, search);
}

/** The nodes of a graph on which some of its values depend, in their order. */
function neededFor(values: readonly string[], nested: ReadonlyMap<OnnxNode, readonly NestedGraph[]>): OnnxNode[] {
  const producers = new Map([...nested.keys()].flatMap((node) => node.output.map((name) => [name, node] as const)));
  const needed = new Set<OnnxNode>();
  const open = [...values];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    const node = producers.get(name);
    if (name === "" || node === undefined || needed.has(node)) continue;
    needed.add(node);
    open.push(...node.input, ...(nested.get(node) as NestedGraph[]).flatMap(({ graph }) => namesIn(graph, 0)));
  }
  return [...nested.keys()].filter((node) => needed.has(node));
}

/** All names that a graph within a node uses: its own and those of the graph around it. */
function namesIn(graph: OnnxGraph, depth: number): string[] {
  if (depth > DEEPEST_GRAPH) return [];
  const inner = graph.node.flatMap((node) => nestedGraphs(node).flatMap((each) => namesIn(each.graph, depth + 1)));
  return [...graph.node.flatMap(({ input }) => input), ...graph.output.map(({ name }) => name), ...inner];
}
