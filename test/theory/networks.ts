/**
 * Small smooth classifiers in double precision with exact derivatives: random multilayer perceptrons under the
 * cross-entropy. Value, gradient and Hessian run forward through the layers together (second-order forward mode).
 */

import fc from "fast-check";
import type { BatchLoss, SmoothLoss } from "smoothcert/train";

/** A scalar function of the input with its gradient and its Hessian (row by row). */
interface Jet {
  readonly value: number;
  readonly gradient: Float64Array;
  readonly hessian: Float64Array;
}

/** A scalar function and its first two derivatives. */
type Activation = (t: number) => readonly [value: number, first: number, second: number];

const sigmoid = (t: number) => 1 / (1 + Math.exp(-t));
const ACTIVATIONS: Record<"tanh" | "softplus", Activation> = {
  tanh: (t) => {
    const y = Math.tanh(t);
    return [y, 1 - y * y, -2 * y * (1 - y * y)];
  },
  softplus: (t) => {
    const s = sigmoid(t);
    return [t > 0 ? t + Math.log1p(Math.exp(-t)) : Math.log1p(Math.exp(t)), s, s * (1 - s)];
  },
};

/** out = bias + sum of weights times jets. */
function combine(jets: readonly Jet[], weights: readonly number[], bias: number): Jet {
  const gradient = new Float64Array(jets[0].gradient.length);
  const hessian = new Float64Array(jets[0].hessian.length);
  let value = bias;
  jets.forEach((jet, i) => {
    value += weights[i] * jet.value;
    for (let j = 0; j < gradient.length; j++) gradient[j] += weights[i] * jet.gradient[j];
    for (let j = 0; j < hessian.length; j++) hessian[j] += weights[i] * jet.hessian[j];
  });
  return { value, gradient, hessian };
}

/** f(jet) by the chain rule. */
function compose([value, first, second]: readonly [number, number, number], jet: Jet): Jet {
  const d = jet.gradient.length;
  const gradient = jet.gradient.map((g) => first * g);
  const hessian = jet.hessian.map(
    (h, ij) => first * h + second * jet.gradient[Math.floor(ij / d)] * jet.gradient[ij % d],
  );
  return { value, gradient, hessian };
}

interface Layer {
  /** One row an output. */
  readonly weights: readonly (readonly number[])[];
  readonly bias: readonly number[];
}

/** A classifier under the cross-entropy with one label: a loss with derivatives of every order. */
export class SmoothNetwork implements SmoothLoss {
  constructor(
    readonly name: string,
    readonly dimension: number,
    private readonly layers: readonly Layer[],
    private readonly activation: Activation,
    private readonly label: number,
  ) {}

  value(x: Float64Array): number {
    let units: ArrayLike<number> = x;
    for (const [l, { weights, bias }] of this.layers.entries()) {
      const sums = new Float64Array(weights.length);
      for (let i = 0; i < sums.length; i++) {
        let sum = bias[i];
        for (let j = 0; j < units.length; j++) sum += weights[i][j] * units[j];
        sums[i] = l + 1 < this.layers.length ? this.activation(sum)[0] : sum;
      }
      units = sums;
    }
    let total = 0;
    for (let k = 0; k < units.length; k++) total += Math.exp(units[k] - units[this.label]);
    return Math.log(total);
  }

  gradient(x: Float64Array): Float64Array {
    return this.jet(x).gradient;
  }

  hessianVector(x: Float64Array, v: Float64Array): Float64Array {
    const { hessian } = this.jet(x);
    return v.map((_, i) => v.reduce((sum, vj, j) => sum + hessian[i * v.length + j] * vj, 0));
  }

  /** The losses at a batch of points. */
  readonly batch: BatchLoss = (points, count) =>
    Float64Array.from({ length: count }, (_, i) =>
      this.value(points.subarray(i * this.dimension, (i + 1) * this.dimension)),
    );

  /** How fast-check shows it: the name is enough to make it again. */
  [fc.toStringMethod](): string {
    return this.name;
  }

  private jet(x: Float64Array): Jet {
    let jets: Jet[] = Array.from(x, (value, j) => {
      const gradient = new Float64Array(x.length);
      gradient[j] = 1;
      return { value, gradient, hessian: new Float64Array(x.length ** 2) };
    });
    this.layers.forEach(({ weights, bias }, l) => {
      const sums = weights.map((row, i) => combine(jets, row, bias[i]));
      jets = l + 1 < this.layers.length ? sums.map((jet) => compose(this.activation(jet.value), jet)) : sums;
    });
    return crossEntropyJet(jets, this.label);
  }
}

/** log sum_k exp f_k - f_y, in the form log sum_k exp(f_k - f_y). */
function crossEntropyJet(logits: readonly Jet[], label: number): Jet {
  const margins = logits.map((jet) => combine([jet, logits[label]], [1, -1], 0));
  const exponentials = margins.map((jet) => {
    const e = Math.exp(jet.value);
    return compose([e, e, e], jet);
  });
  const sum = combine(
    exponentials,
    exponentials.map(() => 1),
    0,
  );
  return compose([Math.log(sum.value), 1 / sum.value, -1 / sum.value ** 2], sum);
}

/** Standard normal numbers from a seed (mulberry32 and Box-Muller), independent of the package's own noise. */
export function seededNormals(seed: number): () => number {
  let state = seed >>> 0;
  const uniform = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return (((t ^ (t >>> 14)) >>> 0) + 0.5) / 4294967296;
  };
  return () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
}

/** A random network and a random point for it. */
export interface NetworkCase {
  readonly network: SmoothNetwork;
  readonly x: Float64Array;
}

/** Networks of one or two hidden layers and points around the origin, where their derivatives are of order 1. */
export function networkCases(dimension: { min: number; max: number }): fc.Arbitrary<NetworkCase> {
  return fc
    .record({
      dimension: fc.integer(dimension),
      hidden: fc.array(fc.integer({ min: 2, max: 5 }), { minLength: 1, maxLength: 2 }),
      classes: fc.integer({ min: 2, max: 4 }),
      activation: fc.constantFrom("tanh" as const, "softplus" as const),
      seed: fc.noShrink(fc.integer({ min: 0, max: 0xffffffff })),
    })
    .map(({ dimension: d, hidden, classes, activation, seed }) => {
      const normal = seededNormals(seed);
      const widths = [d, ...hidden, classes];
      const layers = widths.slice(1).map((outputs, l) => ({
        weights: Array.from({ length: outputs }, () =>
          Array.from({ length: widths[l] }, () => (1.5 * normal()) / Math.sqrt(widths[l])),
        ),
        bias: Array.from({ length: outputs }, () => 0.5 * normal()),
      }));
      const name = `${activation} ${widths.join("-")} seed ${seed}`;
      const network = new SmoothNetwork(name, d, layers, ACTIVATIONS[activation], seed % classes);
      return { network, x: Float64Array.from({ length: d }, normal) };
    });
}
