import * as tf from "@tensorflow/tfjs-core";
import { floatType, type OpAttribute, TENSORFLOW, type TensorFlowBackend } from "./tensorflow-op.js";

/**
 * An LSTM over all time steps by TensorFlow's operations BlockLSTMV2 and BlockLSTMGradV2: two operations where a
 * composition takes some forty a time step.
 */

const BLOCK_LSTM = "BlockLSTMV2";
const BLOCK_LSTM_GRAD = "BlockLSTMGradV2";

/** What the operation is given; gates lie in the order input, forget, cell, output along the last axis. */
export interface BlockLstm {
  /** [time, batch, inputs] */
  readonly x: tf.Tensor3D;
  /** [batch, units]: the output before the first step. */
  readonly h: tf.Tensor2D;
  /** [batch, units]: the cells before the first step. */
  readonly c: tf.Tensor2D;
  /** [inputs + units, 4 units] */
  readonly weights: tf.Tensor2D;
  /** [4 units] */
  readonly bias: tf.Tensor1D;
}

/** Whether the current engine has the operation. */
export function hasBlockLstm(): boolean {
  return tf.getKernel(BLOCK_LSTM, tf.getBackend()) !== undefined;
}

/** The cells and outputs of all steps, each [time, batch, units]. */
export function blockLstm({ x, h, c, weights, bias }: BlockLstm): { cs: tf.Tensor3D; hs: tf.Tensor3D } {
  const outputs = tf.engine().runKernel(BLOCK_LSTM, { x, h, c, weights, bias }) as unknown as tf.Tensor3D[];
  return { cs: outputs[CELLS], hs: outputs[OUTPUTS] };
}

/** Places among the operation's outputs: input gates, cells, forget gates, output gates, candidates, tanh, outputs. */
const CELLS = 1;
const OUTPUTS = 6;
const ALL_OUTPUTS = 7;

/** Makes the operations known to TensorFlow.js, with their gradient. */
export function registerBlockLstm(): void {
  tf.registerKernel({
    kernelName: BLOCK_LSTM,
    backendName: TENSORFLOW,
    kernelFunc: ({ inputs, backend }) => {
      const { x, h, c, weights, bias } = inputs as Record<string, tf.Tensor>;
      return run(backend as unknown as TensorFlowBackend, BLOCK_LSTM, { x, h, c, weights, bias }, [], ALL_OUTPUTS);
    },
  });
  tf.registerKernel({
    kernelName: BLOCK_LSTM_GRAD,
    backendName: TENSORFLOW,
    kernelFunc: ({ inputs, backend }) => {
      const { x, h, c, weights, bias, dCells, dOutputs, ...saved } = inputs as Record<string, tf.Tensor>;
      const forward = Array.from({ length: ALL_OUTPUTS }, (_, i) => saved[i]);
      const rest = [...forward, dCells, dOutputs];
      const outputs = run(
        backend as unknown as TensorFlowBackend,
        BLOCK_LSTM_GRAD,
        { x, h, c, weights, bias },
        rest,
        8,
      );
      // Those of peepholes, of which there are none.
      tf.dispose(outputs.slice(4, 7));
      return [...outputs.slice(0, 4), outputs[7]];
    },
  });
  tf.registerGradient({
    kernelName: BLOCK_LSTM,
    inputsToSave: ["x", "h", "c", "weights", "bias"],
    outputsToSave: Array.from({ length: ALL_OUTPUTS }, () => true),
    gradFunc: (dys, [x, h, c, weights, bias, ...forward]) => {
      const { [CELLS]: dCells, [OUTPUTS]: dOutputs } = dys as tf.Tensor[];
      const saved = Object.fromEntries(forward.entries());
      const inputs = { x, h, c, weights, bias, dCells, dOutputs, ...saved };
      const [dx, dc, dh, dWeights, dBias] = tf.engine().runKernel(BLOCK_LSTM_GRAD, inputs) as tf.Tensor[];
      return {
        x: () => tf.clone(dx),
        h: () => tf.clone(dh),
        c: () => tf.clone(dc),
        weights: () => tf.clone(dWeights),
        bias: () => tf.clone(dBias),
      };
    },
  });
}

/** Runs one of the two operations; `rest` follows what both are given. */
function run(
  backend: TensorFlowBackend,
  name: string,
  { x, h, c, weights, bias }: Record<keyof BlockLstm, tf.Tensor>,
  rest: readonly tf.Tensor[],
  outputs: number,
): tf.Tensor[] {
  const { binding } = backend;
  const peephole = tf.zeros([h.shape[1]!]);
  const operands = [x, c, h, weights, peephole, peephole, peephole, bias, ...rest];
  const steps = int64(backend, x.shape[0]);
  const attributes: OpAttribute[] = [
    floatType(backend),
    { name: "use_peephole", type: binding.TF_ATTR_BOOL, value: false },
    ...(name === BLOCK_LSTM ? [{ name: "cell_clip", type: binding.TF_ATTR_FLOAT, value: NO_CLIP }] : []),
  ];
  try {
    const raw = binding.executeOp(name, attributes, [steps, ...backend.getInputTensorIds(operands)], outputs);
    return raw.map((each) => backend.createOutputTensor(each));
  } finally {
    binding.deleteTensor(steps);
    peephole.dispose();
  }
}

/** Cells are left as they are. */
const NO_CLIP = -1;

/** A 64-bit integer, a type that TensorFlow.js doesn't have: it lives for one operation, and by its id alone. */
function int64(backend: TensorFlowBackend, value: number): number {
  const { binding } = backend;
  const narrow = tf.scalar(value, "int32");
  const [id] = backend.getInputTensorIds([narrow]);
  const type = (name: string, to: number): OpAttribute => ({ name, type: binding.TF_ATTR_TYPE, value: to });
  const cast = [type("SrcT", binding.TF_INT32), type("DstT", binding.TF_INT64)];
  const [wide] = binding.executeOp("Cast", cast, [id], 1);
  narrow.dispose();
  return wide.id;
}
