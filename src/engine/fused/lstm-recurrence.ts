import * as tf from "@tensorflow/tfjs-core";
import { isThere, registerOperation } from "./tensorflow-op.js";

/** The recurrence of an LSTM over all time steps, by our own operations (`native/lstm.cc`). */

const RECURRENCE = "LstmRecurrence";
const GRADIENT = "LstmRecurrenceGradient";

/** What the operation is given; gates lie in the order input, forget, candidate, output. */
export interface LstmRecurrence {
  /** [time, batch, 4, units]: what the inputs add to the gates. */
  readonly fromX: tf.Tensor4D;
  /** [batch, units]: the output before the first step. */
  readonly h: tf.Tensor2D;
  /** [batch, units]: the cells before the first step. */
  readonly c: tf.Tensor2D;
  /** [units, 4 units] */
  readonly recurrent: tf.Tensor2D;
  /** [4 units] */
  readonly bias: tf.Tensor1D;
}

/** Whether the current engine has the operation. */
export function hasLstmRecurrence(): boolean {
  return isThere(RECURRENCE, () => {
    const [zero, large] = [tf.zeros([1, 1]) as tf.Tensor2D, tf.fill([1, 1, 4, 1], 100) as tf.Tensor4D];
    const { cs } = lstmRecurrence({ fromX: large, h: zero, c: zero, recurrent: tf.zeros([1, 4]), bias: tf.zeros([4]) });
    return cs.dataSync()[0] === 1;
  });
}

/** The outputs and cells of all steps, each [time, batch, units]. */
export function lstmRecurrence(layer: LstmRecurrence): { hs: tf.Tensor3D; cs: tf.Tensor3D } {
  const [hs, cs] = tf.engine().runKernel(RECURRENCE, { ...layer }) as unknown as tf.Tensor3D[];
  return { hs, cs };
}

/** Makes the operations known to TensorFlow.js, with their gradient. */
export function registerLstmRecurrence(): void {
  registerOperation(RECURRENCE, ["fromX", "h", "c", "recurrent", "bias"], 3);
  registerOperation(GRADIENT, ["dHs", "dCs", "gates", "cs", "c", "recurrent"], 4);
  tf.registerGradient({
    kernelName: RECURRENCE,
    inputsToSave: ["h", "c", "recurrent"],
    outputsToSave: [true, true, true],
    gradFunc: (dys, [h, c, recurrent, hs, cs, gates]) => {
      const [dHs, dCs] = dys as tf.Tensor[];
      const [dFromX, dH, dC, dBias] = tf
        .engine()
        .runKernel(GRADIENT, { dHs, dCs, gates, cs, c, recurrent }) as tf.Tensor[];
      return {
        fromX: () => tf.clone(dFromX),
        h: () => tf.clone(dH),
        c: () => tf.clone(dC),
        recurrent: () => recurrentGradient(h as tf.Tensor2D, hs as tf.Tensor3D, dFromX as tf.Tensor4D),
        bias: () => tf.clone(dBias),
      };
    },
  });
}

/** The sum over all steps of h of the step before, transposed, times the gradient of the gates. */
function recurrentGradient(h: tf.Tensor2D, hs: tf.Tensor3D, dGates: tf.Tensor4D): tf.Tensor2D {
  const [time, batch, units] = hs.shape;
  const products = (before: tf.Tensor, first: number, count: number): tf.Tensor2D => {
    const slopes = tf.reshape(tf.slice(dGates, first, count), [count * batch, 4 * units]);
    return tf.matMul(tf.reshape(before, [count * batch, units]), slopes as tf.Tensor2D, true, false);
  };
  const ofFirst = products(h, 0, 1);
  // Slices along the first axis are not copied, as a concatenation of h and hs would be.
  return time === 1 ? ofFirst : tf.add(ofFirst, products(tf.slice(hs, 0, time - 1), 1, time - 1));
}
