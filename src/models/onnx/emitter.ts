import type * as tfl from "@tensorflow/tfjs-layers";
import { ArgumentError, show } from "../../errors.js";
import { weightNamed } from "../layer-weights.js";
import type { GraphBuilder, Value } from "./graph-builder.js";

/** A layer to be written as ONNX operators. */
export interface LayerCall {
  readonly layer: tfl.layers.Layer;
  readonly name: string;
  readonly className: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly inputs: readonly Value[];
  /** Shape of the output in TensorFlow.js, without the batch. */
  readonly outputShape: readonly number[];
}

/** Adds the operators of a layer to the graph and returns the name of its output. */
export type Emitter = (graph: GraphBuilder, call: LayerCall) => string;

/** Values of a weight, or undefined if the layer has none of that name. */
export function optionalWeight(call: LayerCall, name: string): Float32Array | undefined {
  const variable = weightNamed(call.layer, name);
  return variable === undefined ? undefined : (variable.read().dataSync() as Float32Array);
}

export function weight(call: LayerCall, name: string): Float32Array {
  const values = optionalWeight(call, name);
  if (values === undefined) throw unsupported(call, "weights without", name);
  return values;
}

/** The error for a layer whose `option` has a value that cannot be written. */
export function unsupported(call: LayerCall, option: string, value: unknown): ArgumentError {
  const layer = `layer "${call.name}" of class ${call.className}`;
  return new ArgumentError(`exportOnnx: ${layer}: ${option} ${show(value)} is not supported`, "model", value);
}

/** @throws ArgumentError unless the layer's input is an image */
export function requireImage(call: LayerCall): readonly [height: number, width: number, channels: number] {
  const [{ shape }] = call.inputs;
  if (shape.length !== 3) throw unsupported(call, "an input of shape", shape);
  if ((call.config.dataFormat ?? "channelsLast") !== "channelsLast") {
    throw unsupported(call, "dataFormat", call.config.dataFormat);
  }
  return shape as unknown as readonly [number, number, number];
}

/** The tensor in TensorFlow.js's order of dimensions: images are turned from channels first to channels last. */
export function channelsLast(graph: GraphBuilder, call: LayerCall, value: Value): string {
  if (value.shape.length !== 3) return value.name;
  return graph.node("Transpose", `${call.name}/nhwc`, [value.name], { perm: [0, 2, 3, 1] });
}

export function channelsFirst(graph: GraphBuilder, name: string, nhwc: string): string {
  return graph.node("Transpose", name, [nhwc], { perm: [0, 3, 1, 2] });
}
