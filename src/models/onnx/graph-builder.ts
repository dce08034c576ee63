import { ATTRIBUTE_TYPE, DATA_TYPE, type OnnxAttribute, type OnnxNode, type OnnxTensor } from "./messages.js";

/** A tensor in the graph. */
export interface Value {
  readonly name: string;
  /**
   * Its shape in TensorFlow.js without the batch. Three dimensions mean an image, [height, width, channels] here and
   * [channels, height, width] in the graph; all other shapes are the same in both.
   */
  readonly shape: readonly number[];
}

/** Integers, or `{ float }`: in ONNX the two differ even where the number is the same. */
export type Attributes = Readonly<Record<string, number | readonly number[] | { readonly float: number }>>;

/** Collects nodes and constants under names that are unique and tell the layer they came from. */
export class GraphBuilder {
  readonly nodes: OnnxNode[] = [];
  readonly initializers: OnnxTensor[] = [];
  readonly #names = new Set<string>();

  /** Adds an operator and returns the name of its output. */
  node(opType: string, name: string, input: readonly string[], attributes: Attributes = {}): string {
    const output = this.#unique(name);
    const attribute = Object.entries(attributes).map(([key, value]) => toAttribute(key, value));
    this.nodes.push({ opType, name: output, input: [...input], output: [output], attribute });
    return output;
  }

  floats(name: string, dims: readonly number[], values: Float32Array): string {
    return this.#constant(name, DATA_TYPE.float, dims, new Uint8Array(values.slice().buffer));
  }

  int64(name: string, values: readonly number[]): string {
    const bytes = new Uint8Array(BigInt64Array.from(values, BigInt).buffer);
    return this.#constant(name, DATA_TYPE.int64, [values.length], bytes);
  }

  /** Gives the output of a node another name. */
  rename(from: string, to: string): void {
    for (const node of this.nodes) {
      node.input = node.input.map((name) => (name === from ? to : name));
      node.output = node.output.map((name) => (name === from ? to : name));
    }
  }

  #constant(name: string, dataType: number, dims: readonly number[], rawData: Uint8Array): string {
    const unique = this.#unique(name);
    this.initializers.push({ name: unique, dataType, dims: [...dims], rawData });
    return unique;
  }

  #unique(name: string): string {
    let unique = name;
    for (let i = 2; this.#names.has(unique); i++) unique = `${name}_${i}`;
    this.#names.add(unique);
    return unique;
  }
}

function toAttribute(name: string, value: Attributes[string]): OnnxAttribute {
  if (typeof value === "number") return { name, type: ATTRIBUTE_TYPE.int, i: value };
  if ("float" in value) return { name, type: ATTRIBUTE_TYPE.float, f: value.float };
  return { name, type: ATTRIBUTE_TYPE.ints, ints: [...value] };
}
