/**
 * Second-order Taylor polynomials of a loss as a function of the input: what the expansion of the MaxUp risk is made
 * of, and what its Monte Carlo estimate uses as a control variate.
 */

import { requireThat } from "../../src/errors.js";

/** A vector of the input space; gradients and directions come in either width. */
export type Vector = Float64Array | Float32Array;

/** A symmetric quadratic form v'Hv, known by its values and its trace. */
export interface QuadraticForm {
  /** The sum of the eigenvalues of H. */
  readonly trace: number;
  /** v'Hv. */
  at(v: Vector): number;
}

/** The polynomial v -> L + g'v + v'Hv / 2, with v the step away from the point. */
export interface TaylorPolynomial {
  /** x, where the polynomial is taken. */
  readonly point: Vector;
  /** L, the loss at the point. */
  readonly loss: number;
  /** g, the gradient at the point. */
  readonly gradient: Vector;
  /** H, the Hessian at the point. */
  readonly hessian: QuadraticForm;
}

/** A twice differentiable loss on R^d in double precision. */
export interface SmoothLoss {
  value(x: Float64Array): number;
  gradient(x: Float64Array): Float64Array;
  /** H(x) v. Where it is left out, central differences of the gradient stand in. */
  hessianVector?(x: Float64Array, v: Float64Array): Float64Array;
}

/**
 * The Taylor polynomial of a smooth loss at x, its Hessian made column by column from d products with a vector: for
 * dimensions up to some hundreds. Models have {@link gaussNewtonTaylor}.
 */
export function taylorAt(loss: SmoothLoss, x: Float64Array): TaylorPolynomial {
  const multiply = loss.hessianVector?.bind(loss) ?? ((at, v) => differencedHessianVector(loss, at, v));
  const columns = Array.from(x, (_, j) => {
    const unit = new Float64Array(x.length);
    unit[j] = 1;
    return multiply(x, unit);
  });
  return { point: x, loss: loss.value(x), gradient: loss.gradient(x), hessian: denseForm(columns) };
}

/**
 * H(x) v as the central difference of gradients at x + hv and x - hv. The step moves x by the cube root of the rounding
 * unit, relative to its own length or to 1: truncation and rounding then leave some ten correct digits.
 */
function differencedHessianVector(loss: SmoothLoss, x: Float64Array, v: Float64Array): Float64Array {
  const h = (Math.cbrt(Number.EPSILON) * Math.max(1, norm(x))) / norm(v);
  const ahead = loss.gradient(x.map((value, j) => value + h * v[j]));
  const behind = loss.gradient(x.map((value, j) => value - h * v[j]));
  return ahead.map((value, j) => (value - behind[j]) / (2 * h));
}

function denseForm(columns: readonly Float64Array[]): QuadraticForm {
  return {
    trace: columns.reduce((sum, column, j) => sum + column[j], 0),
    at: (v) => columns.reduce((sum, column, j) => sum + v[j] * dot(column, v), 0),
  };
}

/**
 * The Taylor polynomial of the cross-entropy of logits f at a point, with the Gauss-Newton form for H:
 *
 *     L = log sum_k exp f_k - f_y,   g = J'(p - e_y),   H = J'(diag p - pp')J,   p = softmax f, J the Jacobian of f.
 *
 * The Hessian proper has one term more, sum_k (p_k - [k = y]) times the Hessian of f_k. It vanishes where f is linear
 * around the point: for networks of linear layers, ReLU and max-pooling this H is the Hessian inside the point's linear
 * region, and the bend of the region's walls, which larger noise crosses, is not in it.
 *
 * @param logits - f at the point, one number a class
 * @param jacobian - J row by row: the gradients of the logits, each of the length of the point
 * @param label - y, in [0, number of logits)
 * @throws ArgumentError if the jacobian has another number of rows than there are logits, or label is no class
 */
export function gaussNewtonTaylor(
  point: Vector,
  logits: Vector,
  jacobian: readonly Vector[],
  label: number,
): TaylorPolynomial {
  const where = "gaussNewtonTaylor";
  requireThat(jacobian.length === logits.length, where, "jacobian", `${logits.length} rows long`, jacobian.length);
  requireThat(label in logits, where, "label", `a class in [0, ${logits.length})`, label);
  const p = softmax(logits);
  const gradient = new Float64Array(point.length);
  jacobian.forEach((row, k) => {
    const weight = k === label ? -sumBut(p, label) : p[k];
    for (let j = 0; j < gradient.length; j++) gradient[j] += weight * row[j];
  });
  return { point, loss: logitLoss(logits, label), gradient, hessian: gaussNewtonForm(p, jacobian) };
}

/** v'Hv is the variance under p of the directional derivatives (Jv)_k; tr H is the sum of it over the unit vectors. */
function gaussNewtonForm(p: Float64Array, jacobian: readonly Vector[]): QuadraticForm {
  const column = new Float64Array(p.length);
  let trace = 0;
  for (let j = 0; j < jacobian[0].length; j++) {
    for (let k = 0; k < p.length; k++) column[k] = jacobian[k][j];
    trace += variance(p, column);
  }
  return {
    trace,
    at: (v) =>
      variance(
        p,
        Float64Array.from(jacobian, (row) => dot(row, v)),
      ),
  };
}

/** 1 - p[skipped], without the cancellation where p[skipped] is nearly 1. */
function sumBut(p: Float64Array, skipped: number): number {
  return p.reduce((sum, value, k) => (k === skipped ? sum : sum + value), 0);
}

function variance(p: Float64Array, values: Float64Array): number {
  const mean = dot(p, values);
  return p.reduce((sum, weight, k) => sum + weight * (values[k] - mean) ** 2, 0);
}

/** -log softmax(logits)[label] in double precision, in the form that neither overflows nor cancels for large logits. */
export function logitLoss(logits: Vector, label: number): number {
  let others = 0;
  let top = Number.NEGATIVE_INFINITY;
  for (const logit of logits) top = Math.max(top, logit);
  for (let k = 0; k < logits.length; k++) if (k !== label) others += Math.exp(logits[k] - top);
  const own = logits[label] - top;
  return own === 0 ? Math.log1p(others) : Math.log(Math.exp(own) + others) - own;
}

function softmax(logits: Vector): Float64Array {
  const top = Math.max(...logits);
  const weights = Float64Array.from(logits, (logit) => Math.exp(logit - top));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}

/** The inner product of two vectors of one length, summed in double precision. */
export function dot(a: Vector, b: Vector): number {
  let sum = 0;
  for (let j = 0; j < a.length; j++) sum += a[j] * b[j];
  return sum;
}

/** The Euclidean length of a vector. */
export function norm(v: Vector): number {
  return Math.sqrt(dot(v, v));
}
