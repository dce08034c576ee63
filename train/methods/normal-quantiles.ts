import * as tf from "@tensorflow/tfjs-core";

/**
 * Phi^-1 of each probability, with its gradient: for objectives, not for certificates. Relative error at most 1e-6 in
 * float32, by Giles' polynomial in the centre ("Approximating the erfinv function", 2011) and Acklam's rational
 * function in the tails (2003).
 *
 * @param probabilities in (0, 1); those of 0 and 1 give -Infinity and Infinity, or NaN
 */
export const normalQuantiles = tf.customGrad((probabilities, save) => {
  const value = tf.tidy(() => quantiles(probabilities as tf.Tensor));
  (save as tf.GradSaveFunc)([value]);
  const gradFunc = (dy: tf.Tensor, [saved]: tf.Tensor[]) =>
    tf.tidy(() => tf.mul(dy, tf.mul(Math.sqrt(2 * Math.PI), tf.exp(tf.div(tf.square(saved), 2)))));
  return { value, gradFunc };
});

/** Probability below which a tail begins. */
const TAIL = 0.02425;

function quantiles(p: tf.Tensor): tf.Tensor {
  const lower = tf.minimum(p, tf.sub(1, p));
  const tail = tf.mul(inTail(lower), tf.sub(1, tf.mul(2, tf.cast(tf.greater(p, 0.5), "float32"))));
  return tf.where(tf.less(lower, TAIL), tail, inCentre(p));
}

/** @param p at most 1/2 */
function inTail(p: tf.Tensor): tf.Tensor {
  const t = tf.sqrt(tf.mul(-2, tf.log(p)));
  const above = [-7.784894002430293e-3, -0.3223964580411365, -2.400758277161838, -2.549732539343734, 4.374664141464968];
  const below = [7.784695709041462e-3, 0.3224671290700398, 2.445134137142996, 3.754408661907416, 1];
  return tf.div(polynomial(t, [...above, 2.938163982698783]), polynomial(t, below));
}

function inCentre(p: tf.Tensor): tf.Tensor {
  const x = tf.sub(tf.mul(2, p), 1);
  const w = tf.neg(tf.log(tf.mul(4, tf.mul(p, tf.sub(1, p)))));
  const high = [2.81022636e-8, 3.43273939e-7, -3.5233877e-6, -4.39150654e-6, 2.1858087e-4, -1.25372503e-3];
  const low = [-4.17768164e-3, 0.246640727, 1.50140941];
  return tf.mul(Math.SQRT2, tf.mul(x, polynomial(tf.sub(w, 2.5), [...high, ...low])));
}

/** By Horner's rule. @param coefficients from the highest power to the constant */
function polynomial(x: tf.Tensor, [first, ...rest]: readonly number[]): tf.Tensor {
  return rest.reduce<tf.Tensor>((sum, coefficient) => tf.add(tf.mul(sum, x), coefficient), tf.scalar(first));
}
