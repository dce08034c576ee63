import * as tf from "@tensorflow/tfjs-core";
import { blockLstm, hasBlockLstm } from "./fused/block-lstm.js";
import { hasLstmRecurrence, lstmRecurrence } from "./fused/lstm-recurrence.js";

/** One layer of an LSTM over a sequence of time steps, and where it starts. */
export interface Lstm {
  /** [time, batch, inputs]; time at least 1 */
  readonly x: tf.Tensor3D;
  readonly state: LstmState;
  /** [inputs, 4 units] */
  readonly kernel: tf.Tensor2D;
  /** [units, 4 units]: what the output of the step before is multiplied by. */
  readonly recurrent: tf.Tensor2D;
  /** [4 units] */
  readonly bias: tf.Tensor1D;
}

/** What an LSTM takes from one time step to the next, each [batch, units]. */
export type LstmState = {
  readonly h: tf.Tensor2D;
  readonly c: tf.Tensor2D;
};

export interface LstmResult {
  /** [time, batch, units]: the outputs of all steps. */
  readonly hs: tf.Tensor3D;
  /** After the last step. */
  readonly state: LstmState;
}

/**
 * A long short-term memory (Hochreiter and Schmidhuber 1997, with the forget gates of Gers et al. 2000):
 *
 *     (i, f, g, o) = x_t kernel + h_{t-1} recurrent + bias,   gates in this order along the last axis
 *     c_t = sigmoid(f) c_{t-1} + sigmoid(i) tanh(g)
 *     h_t = sigmoid(o) tanh(c_t)
 *
 * On TensorFlow's engine our own operation does the recurrence, or TensorFlow's the whole where that is missing;
 * elsewhere it is composed. Values and gradients are equal up to rounding.
 */
export function lstm(layer: Lstm): LstmResult {
  if (hasLstmRecurrence()) return recurrentLstm(layer);
  return hasBlockLstm() ? tensorFlowLstm(layer) : composedLstm(layer);
}

function recurrentLstm({ x, state, kernel, recurrent, bias }: Lstm): LstmResult {
  const [time, batch] = x.shape;
  const fromX = tf.reshape(gatesFromX(x, kernel), [time, batch, 4, recurrent.shape[0]]) as tf.Tensor4D;
  const { hs, cs } = lstmRecurrence({ fromX, ...state, recurrent, bias });
  return { hs, state: { h: lastStep(hs), c: lastStep(cs) } };
}

/** What the inputs add to the gates: [time batch, 4 units]. */
function gatesFromX(x: tf.Tensor3D, kernel: tf.Tensor2D): tf.Tensor2D {
  const [time, batch, inputs] = x.shape;
  return tf.matMul(tf.reshape(x, [time * batch, inputs]), kernel);
}

/** By TensorFlow's own operations, for processors and GPUs that ours don't run on. */
export function tensorFlowLstm({ x, state, kernel, recurrent, bias }: Lstm): LstmResult {
  const { cs, hs } = blockLstm({ x, ...state, weights: tf.concat([kernel, recurrent]), bias });
  return { hs, state: { h: lastStep(hs), c: lastStep(cs) } };
}

function lastStep(all: tf.Tensor3D): tf.Tensor2D {
  const [time, batch, units] = all.shape;
  return tf.reshape(tf.slice(all, [time - 1, 0, 0], [1, batch, units]), [batch, units]);
}

/** Step by step; what x adds to the gates is computed for all steps at once. */
export function composedLstm({ x, state, kernel, recurrent, bias }: Lstm): LstmResult {
  const time = x.shape[0];
  const fromX = tf.add(gatesFromX(x, kernel), bias) as tf.Tensor2D;
  const hs: tf.Tensor2D[] = [];
  let { h, c } = state;
  for (const now of stepsOf(fromX, time)) {
    const [i, f, g, o] = tf.split(tf.add(now, tf.matMul(h, recurrent)), 4, 1);
    c = tf.add(tf.mul(tf.sigmoid(f), c), tf.mul(tf.sigmoid(i), tf.tanh(g)));
    h = tf.mul(tf.sigmoid(o), tf.tanh(c));
    hs.push(h);
  }
  return { hs: tf.stack(hs) as tf.Tensor3D, state: { h, c } };
}

/** The rows of each time step. TensorFlow.js can't differentiate taking a single part of a tensor for all of it. */
function stepsOf(rows: tf.Tensor2D, time: number): tf.Tensor2D[] {
  return time === 1 ? [rows] : tf.split(rows, time);
}
