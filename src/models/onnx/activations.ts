import { type Emitter, type LayerCall, unsupported } from "./emitter.js";
import type { GraphBuilder } from "./graph-builder.js";

const SAME_NAME: Readonly<Record<string, string>> = {
  relu: "Relu",
  sigmoid: "Sigmoid",
  tanh: "Tanh",
  elu: "Elu",
  selu: "Selu",
  softplus: "Softplus",
  softsign: "Softsign",
};

/** Applies an activation by its Keras name to `input`. */
export function activate(graph: GraphBuilder, call: LayerCall, activation: unknown, input: string): string {
  const name = `${call.name}/${String(activation)}`;
  if (activation === undefined || activation === "linear") return input;
  if (activation === "relu6") return clip(graph, name, input, 6);
  if (activation === "softmax") {
    if (call.outputShape.length !== 1) throw unsupported(call, "softmax over an output of shape", call.outputShape);
    return graph.node("Softmax", name, [input], { axis: -1 });
  }
  const operator = SAME_NAME[String(activation)];
  if (operator === undefined) throw unsupported(call, "activation", activation);
  return graph.node(operator, name, [input]);
}

function clip(graph: GraphBuilder, name: string, input: string, high: number): string {
  const low = graph.floats(`${name}/min`, [], new Float32Array([0]));
  return graph.node("Clip", name, [input, low, graph.floats(`${name}/max`, [], new Float32Array([high]))]);
}

export const activation: Emitter = (graph, call) => activate(graph, call, call.config.activation, call.inputs[0].name);

export const reLU: Emitter = (graph, call) => {
  const high = call.config.maxValue as number | null | undefined;
  const input = call.inputs[0].name;
  return high == null ? activate(graph, call, "relu", input) : clip(graph, `${call.name}/clip`, input, high);
};

export const leakyReLU: Emitter = (graph, call) =>
  graph.node("LeakyRelu", call.name, [call.inputs[0].name], { alpha: { float: call.config.alpha as number } });

export const softmax: Emitter = (graph, call) => {
  const { axis } = call.config;
  if (axis !== -1 && axis !== 1) throw unsupported(call, "axis", axis);
  return activate(graph, call, "softmax", call.inputs[0].name);
};
