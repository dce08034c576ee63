/** ONNX models built node by node, also ones that no exporter of ours writes. */
import protobuf from "protobufjs/light.js";
import {
  DATA_TYPE,
  type OnnxAttribute,
  type OnnxDimension,
  type OnnxNode,
  type OnnxTensor,
} from "../../src/models/onnx/messages.js";
import { encodeModel } from "../../src/models/onnx/proto.js";

/**
 * An attribute's value: integers, a float, a text, a tensor, a graph, or the integer of an attribute of the
 * function's call.
 */
export type AttributeValue =
  | number
  | number[]
  | string
  | { float: number }
  | { tensor: OnnxTensor }
  | { graph: Body }
  | { of: string };

export function node(
  opType: string,
  input: string[],
  output: string[],
  attributes: Record<string, AttributeValue> = {},
  rest: { name?: string; domain?: string } = {},
): OnnxNode {
  const attribute = Object.entries(attributes).map(([name, value]) => attributeFor(name, value));
  return { opType, name: "", input, output, attribute, ...rest };
}

function attributeFor(name: string, value: AttributeValue): OnnxAttribute {
  if (typeof value === "number") return { name, type: 2, i: value };
  if (typeof value === "string") return { name, type: 3, s: new TextEncoder().encode(value) };
  if (Array.isArray(value)) return { name, type: 7, ints: value };
  if ("float" in value) return { name, type: 1, f: value.float };
  if ("of" in value) return { name, type: 2, refAttrName: value.of };
  if ("tensor" in value) return { name, type: 4, t: value.tensor };
  return { name, type: 5, g: graphBytes(value.graph) };
}

/** A float32 constant; its values are between -1 and 1, and the same in each run, where none are given. */
export function floats(name: string, dims: number[], values?: readonly number[]): OnnxTensor {
  const size = dims.reduce((a, b) => a * b, 1);
  const data = values ?? Array.from({ length: size }, (_, i) => Math.sin(1 + i * (name.charCodeAt(0) % 7) + 2 * i * i));
  return { name, dims, dataType: DATA_TYPE.float, rawData: new Uint8Array(Float32Array.from(data).buffer) };
}

export function integers(name: string, values: readonly number[], dims = [values.length]): OnnxTensor {
  const rawData = new Uint8Array(BigInt64Array.from(values, BigInt).buffer);
  return { name, dims, dataType: DATA_TYPE.int64, rawData };
}

export function truth(name: string, value: boolean): OnnxTensor {
  return { name, dims: [], dataType: DATA_TYPE.bool, rawData: Uint8Array.of(value ? 1 : 0) };
}

/** The nodes of a graph, its constants, and what it gives. */
export interface Body {
  readonly nodes: OnnxNode[];
  readonly constants?: OnnxTensor[];
  readonly outputs: string[];
}

export interface Model extends Omit<Body, "outputs"> {
  readonly opset: number;
  /** Dimensions of the input `x`. */
  readonly input: readonly (number | string)[];
  /** @defaultValue `y` */
  readonly outputs?: readonly string[];
  /** Operators of the model's own domain, `own`. */
  readonly functions?: readonly OwnFunction[];
}

export interface OwnFunction {
  readonly name: string;
  readonly input: readonly string[];
  readonly attributes?: readonly string[];
  readonly body: Body;
}

export function onnxModel(model: Model): Uint8Array {
  const { opset, input, nodes, constants = [], outputs = ["y"], functions = [] } = model;
  return encodeModel({
    irVersion: opset > 20 ? 10 : 8,
    producerName: "test",
    opsetImport: [{ domain: "", version: opset }, ...foreignDomains(nodes)],
    graph: {
      name: "g",
      node: nodes,
      initializer: constants,
      input: [value("x", DATA_TYPE.float, input)],
      output: outputs.map((name) => value(name, DATA_TYPE.float, ["N", "K"])),
    },
    metadataProps: [],
    functions: functions.map((each) => functionBytes(each, opset)),
  });
}

function foreignDomains(nodes: readonly OnnxNode[]): { domain: string; version: number }[] {
  return [...new Set(nodes.map(({ domain }) => domain))].flatMap((domain) => (domain ? [{ domain, version: 1 }] : []));
}

function value(name: string, elemType: number, dims: readonly (number | string)[]) {
  const dim = dims.map((d): OnnxDimension => (typeof d === "number" ? { dimValue: d } : { dimParam: d }));
  return { name, type: { tensorType: { elemType, shape: { dim } } } };
}

/** A graph alone, as attributes hold it. */
function graphBytes({ nodes, constants = [], outputs }: Body): Uint8Array {
  const output = outputs.map((name) => ({ name, type: { tensorType: { elemType: DATA_TYPE.float } } }));
  const graph = { name: "inner", node: nodes, initializer: constants, input: [], output };
  const model = encodeModel({ irVersion: 1, producerName: "", opsetImport: [], metadataProps: [], graph });
  return messages(model, 7)[0];
}

/** FunctionProto: name 1, inputs 4, outputs 5, attributes 6, nodes 7, opsets 9, domain 10. */
function functionBytes({ name, input, attributes = [], body }: OwnFunction, opset: number): Uint8Array {
  const writer = protobuf.Writer.create();
  const field = (id: number) => writer.uint32(id * 8 + 2);
  field(1).string(name);
  for (const each of input) field(4).string(each);
  for (const each of body.outputs) field(5).string(each);
  for (const each of attributes) field(6).string(each);
  for (const each of messages(graphBytes(body), 1)) field(7).bytes(each);
  field(9).bytes(Uint8Array.of(16, opset));
  field(10).string("own");
  return writer.finish();
}

/** The length-delimited fields of that number in a message. */
function messages(bytes: Uint8Array, id: number): Uint8Array[] {
  const reader = protobuf.Reader.create(bytes);
  const found: Uint8Array[] = [];
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    if (tag === id * 8 + 2) found.push(reader.bytes());
    else reader.skipType(tag % 8);
  }
  return found;
}
