import * as tf from "@tensorflow/tfjs-core";

/** TensorFlow's operations, reached through the backend of tfjs-node. */

/** An attribute of an operation. */
export interface OpAttribute {
  readonly name: string;
  readonly type: number;
  readonly value: unknown;
}

/** A tensor as the binding knows it. */
export interface RawTensor {
  readonly id: number;
}

/** What is used of tfjs-node's binding. */
export interface TensorFlowBinding {
  readonly TF_ATTR_BOOL: number;
  readonly TF_ATTR_FLOAT: number;
  readonly TF_ATTR_INT: number;
  readonly TF_ATTR_STRING: number;
  readonly TF_ATTR_TYPE: number;
  readonly TF_FLOAT: number;
  readonly TF_INT32: number;
  readonly TF_INT64: number;
  executeOp(name: string, attributes: readonly OpAttribute[], ids: readonly number[], outputs: number): RawTensor[];
  deleteTensor(id: number): void;
}

/** What is used of tfjs-node's backend. */
export interface TensorFlowBackend {
  readonly binding: TensorFlowBinding;
  readonly isUsingGpuDevice: boolean;
  getInputTensorIds(tensors: readonly tf.Tensor[]): number[];
  createOutputTensor(raw: RawTensor): tf.Tensor;
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

/**
 * Makes an operation without attributes known to TensorFlow.js as a kernel of the same name.
 *
 * @param names of its inputs, in the order in which TensorFlow takes them @param outputs how many it has
 */
export function registerOperation(kernelName: string, names: readonly string[], outputs: number): void {
  tf.registerKernel({
    kernelName,
    backendName: TENSORFLOW,
    kernelFunc: ({ inputs, backend }) => {
      const operands = names.map((name) => inputs[name] as tf.Tensor);
      return (backend as unknown as TensorFlowBackend).executeMultipleOutputs(kernelName, [], operands, outputs);
    },
  });
}

/**
 * Registers for a kernel of TensorFlow.js that which takes `replacement` where it gives a result.
 *
 * @param replacement computes the kernel from its inputs and attributes, or returns undefined
 */
export function instead<Attributes>(
  kernelName: string,
  replacement: (
    backend: TensorFlowBackend,
    inputs: Record<string, tf.Tensor>,
    attributes: Attributes,
  ) => tf.Tensor | undefined,
): void {
  const original = tf.getKernel(kernelName, TENSORFLOW);
  if (original === undefined) return;
  tf.unregisterKernel(kernelName, TENSORFLOW);
  tf.registerKernel({
    ...original,
    kernelFunc: (call) => {
      const backend = call.backend as unknown as TensorFlowBackend;
      const inputs = call.inputs as Record<string, tf.Tensor>;
      return replacement(backend, inputs, call.attrs as unknown as Attributes) ?? original.kernelFunc(call);
    },
  });
}

const known = new Map<string, boolean>();

/**
 * Whether the current engine is TensorFlow's and has an operation that not every build of it has, for tensors in the
 * processor's memory.
 *
 * @param trial runs the operation on something small and says whether the result is right; it may throw. It is asked
 *   once
 */
export function isThere(name: string, trial: () => boolean): boolean {
  if (tf.getBackend() !== TENSORFLOW) return false;
  let answer = known.get(name);
  if (answer === undefined) {
    answer = !(tf.backend() as unknown as TensorFlowBackend).isUsingGpuDevice && succeeds(trial);
    known.set(name, answer);
  }
  return answer;
}

function succeeds(trial: () => boolean): boolean {
  try {
    return tf.tidy(() => trial());
  } catch {
    return false;
  }
}
