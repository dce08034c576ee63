import type * as tf from "@tensorflow/tfjs-core";

/** TensorFlow's operations, reached through the backend of tfjs-node. */

/** An attribute of an operation. */
export interface OpAttribute {
  readonly name: string;
  readonly type: number;
  readonly value: unknown;
}

/** What is used of tfjs-node's backend. */
export interface TensorFlowBackend {
  /** Numbers of TensorFlow's types and kinds of attributes, e.g. TF_FLOAT. */
  readonly binding: Readonly<Record<string, number>>;
  executeSingleOutput(name: string, attributes: readonly OpAttribute[], inputs: readonly tf.Tensor[]): tf.Tensor;
  executeMultipleOutputs(
    name: string,
    attributes: readonly OpAttribute[],
    inputs: readonly tf.Tensor[],
    outputs: number,
  ): tf.Tensor[];
}

/** The name under which TensorFlow.js knows the backend. */
export const TENSORFLOW = "tensorflow";

/** The attribute that says an operation is on float32. */
export function floatType({ binding }: TensorFlowBackend, name = "T"): OpAttribute {
  return { name, type: binding.TF_ATTR_TYPE, value: binding.TF_FLOAT };
}
