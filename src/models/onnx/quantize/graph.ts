import { FileError } from "../../../errors.js";
import { externalTensors } from "../external-data.js";
import { DATA_TYPE, type OnnxModel, type OnnxNode, type OnnxTensor } from "../messages.js";
import { attributeOf, opsetOf } from "../node.js";
import { decodeModel } from "../proto.js";

/** A model's graph with what is needed to change it: who makes a value, who takes it, what is constant. */
export class Graph {
  readonly #constants: Map<string, OnnxTensor>;
  readonly #names: Set<string>;

  private constructor(readonly model: OnnxModel) {
    const { initializer, input, node } = model.graph;
    this.#constants = new Map(initializer.map((tensor) => [tensor.name, tensor]));
    const named = [...initializer, ...input].map(({ name }) => name);
    this.#names = new Set([...named, ...node.flatMap(({ output }) => output)]);
  }

  /**
   * Decodes a model whose graph can be changed.
   *
   * @param path its name, for messages
   * @throws FileError if the bytes are no ONNX model, or one that can't be changed safely
   */
  static decode(bytes: Uint8Array, path: string): Graph {
    const graph = new Graph(decodeGraph(bytes, path));
    requireEditable(graph, path);
    graph.#liftConstants();
    return graph;
  }

  get nodes(): OnnxNode[] {
    return this.model.graph.node;
  }

  set nodes(nodes: OnnxNode[]) {
    this.model.graph.node = nodes;
  }

  constant(name: string | undefined): OnnxTensor | undefined {
    return name === undefined ? undefined : this.#constants.get(name);
  }

  /** Values of a constant of float32s; undefined if the name is none. */
  floats(name: string | undefined): Float32Array | undefined {
    const tensor = this.constant(name);
    if (tensor?.dataType !== DATA_TYPE.float) return undefined;
    if (tensor.rawData?.length) return new Float32Array(copyOf(tensor.rawData));
    return Float32Array.from(tensor.floatData ?? []);
  }

  /** Values of a constant of 64-bit integers; undefined if the name is none. */
  integers(name: string | undefined): number[] | undefined {
    const tensor = this.constant(name);
    if (tensor?.dataType !== DATA_TYPE.int64) return undefined;
    return Array.from(new BigInt64Array(copyOf(tensor.rawData ?? [])), Number);
  }

  /** Adds a constant under a name that is free, its own or one like it, and returns that. */
  addConstant(tensor: OnnxTensor): string {
    const name = this.freeName(tensor.name);
    const added = { ...tensor, name };
    this.#constants.set(name, added);
    this.model.graph.initializer.push(added);
    return name;
  }

  /** `name`, or one like it that nothing in the graph has; it is taken from then on. */
  freeName(name: string): string {
    let free = name;
    for (let i = 2; this.#names.has(free); i++) free = `${name}_${i}`;
    this.#names.add(free);
    return free;
  }

  producers(): Map<string, OnnxNode> {
    return new Map(this.nodes.flatMap((node) => node.output.map((name) => [name, node] as const)));
  }

  /** The nodes that take each value; one that takes it twice stands there twice. */
  consumers(): Map<string, OnnxNode[]> {
    const consumers = new Map<string, OnnxNode[]>();
    for (const node of this.nodes) {
      for (const name of node.input) consumers.set(name, [...(consumers.get(name) ?? []), node]);
    }
    return consumers;
  }

  isOutput(name: string): boolean {
    return this.model.graph.output.some((output) => output.name === name);
  }

  /** Leaves out the constants that no node takes. */
  dropUnusedConstants(): void {
    const { graph } = this.model;
    const used = new Set([...this.nodes.flatMap((node) => node.input), ...graph.output.map(({ name }) => name)]);
    const unused = new Set(graph.initializer.map(({ name }) => name).filter((name) => !used.has(name)));
    graph.initializer = graph.initializer.filter(({ name }) => used.has(name));
    graph.input = graph.input.filter(({ name }) => !unused.has(name));
  }

  /** Makes initializers of the nodes that hold a constant tensor, and gives all 64-bit integers one form. */
  #liftConstants(): void {
    for (const node of this.nodes) {
      const [name] = node.output;
      const tensor = node.opType === "Constant" ? attributeOf(node, "value")?.t : undefined;
      if (tensor === undefined || this.isOutput(name)) continue;
      const constant = { ...tensor, name };
      this.#constants.set(name, constant);
      this.model.graph.initializer.push(constant);
    }
    this.nodes = this.nodes.filter(({ output }) => !this.#constants.has(output[0]));
    for (const tensor of this.model.graph.initializer) unpackIntegers(tensor);
  }
}

/** The bytes in memory of their own, where they begin at a multiple of any type's size. */
function copyOf(bytes: ArrayLike<number>): ArrayBuffer {
  return Uint8Array.from(bytes).buffer;
}

/** Largest 64-bit integer that a number holds: it stands for "to the end" as the largest of all does. */
const LARGEST = 2 ** 63 - 1024;

function unpackIntegers(tensor: OnnxTensor): void {
  if (tensor.dataType !== DATA_TYPE.int64 || !tensor.int64Data?.length) return;
  const values = tensor.int64Data.map((value) => BigInt(Math.min(value, LARGEST)));
  tensor.rawData = new Uint8Array(BigInt64Array.from(values).buffer);
  tensor.int64Data = [];
}

function decodeGraph(bytes: Uint8Array, path: string): OnnxModel {
  try {
    return decodeModel(bytes);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new FileError(path, `is not an ONNX model: ${reason}`, { cause });
  }
}

/** The first opset whose DequantizeLinear has a scale a channel. */
const FIRST_OPSET = 13;

function requireEditable({ model, nodes }: Graph, path: string): void {
  if (model.graph.output.length === 0) throw new FileError(path, "is not an ONNX model: its graph has no output");
  const opset = opsetOf(model.opsetImport);
  if (opset < FIRST_OPSET) {
    throw new FileError(
      path,
      `expected opset ${FIRST_OPSET} or later, found ${opset}. Export the model again with a later one`,
    );
  }
  const done = nodes.find(({ opType }) => /Quantize|^QLinear|Integer$/.test(opType));
  if (done !== undefined)
    throw new FileError(path, `expected a float model, found ${done.opType}: it is quantised already`);
  const inner = nodes.find(({ attribute }) => attribute.some(({ g }) => g !== undefined));
  if (inner !== undefined) throw new FileError(path, `expected a graph without control flow, found ${inner.opType}`);
  if (externalTensors({ ...model, functions: [] }).length > 0) {
    const remedy = "Save it as one file, in Python: onnx.save(onnx.load(path), path)";
    throw new FileError(path, `expected all weights in this file, found some in others. ${remedy}`);
  }
}
