/** Dense layers, merges and what does nothing when a model is not being trained. */
import { activate } from "./activations.js";
import { type Emitter, optionalWeight, unsupported, weight } from "./emitter.js";

export const dense: Emitter = (graph, call) => {
  const [{ name: input, shape }] = call.inputs;
  if (shape.length !== 1) throw unsupported(call, "an input of shape", shape);
  const operands = [
    input,
    graph.floats(`${call.name}/weight`, [shape[0], call.outputShape[0]], weight(call, "kernel")),
  ];
  const bias = optionalWeight(call, "bias");
  if (bias !== undefined) operands.push(graph.floats(`${call.name}/bias`, [bias.length], bias));
  return activate(graph, call, call.config.activation, graph.node("Gemm", call.name, operands));
};

/** @param pair the operator for two tensors, where ONNX has one of its own */
export function merge(operator: string, pair: string = operator): Emitter {
  return (graph, call) => {
    const mixed = call.inputs.find(({ shape }) => shape.join() !== call.outputShape.join());
    if (mixed !== undefined) throw unsupported(call, "broadcasting an input of shape", mixed.shape);
    const inputs = call.inputs.map((value) => value.name);
    return graph.node(inputs.length === 2 ? pair : operator, call.name, inputs);
  };
}

export const rescaling: Emitter = (graph, call) => {
  const constant = (key: "scale" | "offset"): string =>
    graph.floats(`${call.name}/${key}`, [], new Float32Array([call.config[key] as number]));
  const scaled = graph.node("Mul", `${call.name}/scaled`, [call.inputs[0].name, constant("scale")]);
  return graph.node("Add", call.name, [scaled, constant("offset")]);
};

export const identity: Emitter = (_, call) => call.inputs[0].name;
