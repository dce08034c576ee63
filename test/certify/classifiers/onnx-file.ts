/**
 * ONNX files of any input shape and type, written in protocol-buffer bytes by hand (onnx.proto, IR version 8), so that
 * tests can hold models that no exporter of ours writes: flatten the input, multiply by a matrix, add a bias.
 */

export interface LinearModel {
  /** One row of weights a class, over the flattened input in its own order. */
  readonly weights: readonly (readonly number[])[];
  readonly bias: readonly number[];
  /** Declared input dimensions: numbers, or names of free ones. */
  readonly input: readonly (number | string)[];
  /** Element type of the input, from TensorProto.DataType: 1 is float32, 11 float64. Only float32 can be run. */
  readonly inputType?: number;
  /** A second input of that shape, which the network does not use. */
  readonly secondInput?: readonly number[];
  /** Gives the index of the class in place of the logits. */
  readonly argmax?: true;
}

const FLOAT32 = 1;
const INT64 = 7;

export function linearOnnx(model: LinearModel): Uint8Array {
  const { weights, bias, input, inputType = FLOAT32, secondInput, argmax } = model;
  const transposed = weights[0].map((_, j) => weights.map((row) => row[j]));
  const output = argmax ? valueInfo("labels", INT64, ["N"]) : valueInfo("logits", inputType, ["N", weights.length]);
  const graph = [
    bytes(1, node("Flatten", ["image"], "flat", integerAttribute("axis", 1))),
    bytes(1, node("MatMul", ["flat", "W"], "product")),
    bytes(1, node("Add", ["product", "b"], "logits")),
    ...(argmax
      ? [bytes(1, node("ArgMax", ["logits"], "labels", integerAttribute("axis", 1), integerAttribute("keepdims", 0)))]
      : []),
    text(2, "linear"),
    bytes(5, tensor("W", [transposed.length, weights.length], transposed.flat(), inputType)),
    bytes(5, tensor("b", [bias.length], bias, inputType)),
    bytes(11, valueInfo("image", inputType, input)),
    ...(secondInput === undefined ? [] : [bytes(11, valueInfo("second", FLOAT32, secondInput))]),
    bytes(12, output),
  ];
  return Uint8Array.from([
    ...varintField(1, 8),
    ...bytes(7, graph.flat()),
    ...bytes(8, [...text(1, ""), ...varintField(2, 17)]),
  ]);
}

function node(operator: string, inputs: readonly string[], output: string, ...attributes: number[][]): number[] {
  return [
    ...inputs.flatMap((name) => text(1, name)),
    ...text(2, output),
    ...text(4, operator),
    ...attributes.flatMap((a) => bytes(5, a)),
  ];
}

function integerAttribute(name: string, value: number): number[] {
  return [...text(1, name), ...varintField(3, value), ...varintField(20, 2)];
}

function tensor(name: string, dims: readonly number[], values: readonly number[], type: number): number[] {
  const raw = type === FLOAT32 ? Float32Array.from(values) : Float64Array.from(values);
  return [
    ...dims.flatMap((dim) => varintField(1, dim)),
    ...varintField(2, type),
    ...text(8, name),
    ...bytes(9, [...new Uint8Array(raw.buffer)]),
  ];
}

function valueInfo(name: string, type: number, dims: readonly (number | string)[]): number[] {
  const shape = dims.flatMap((dim) => bytes(1, typeof dim === "number" ? varintField(1, dim) : text(2, dim)));
  return [...text(1, name), ...bytes(2, bytes(1, [...varintField(1, type), ...bytes(2, shape)]))];
}

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) + 128, ...varint(Math.floor(value / 128))];
}

function varintField(field: number, value: number): number[] {
  return [...varint(field * 8), ...varint(value)];
}

function bytes(field: number, content: readonly number[]): number[] {
  return [...varint(field * 8 + 2), ...varint(content.length), ...content];
}

function text(field: number, content: string): number[] {
  return bytes(field, [...new TextEncoder().encode(content)]);
}
