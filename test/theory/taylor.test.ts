import fc from "fast-check";
import { ArgumentError } from "smoothcert";
import { gaussNewtonTaylor, logitLoss, type SmoothLoss, taylorAt } from "smoothcert/train";
import { describe, expect, test } from "vitest";
import { networkCases, seededNormals } from "./networks.js";

const seeds = fc.noShrink(fc.integer({ min: 0, max: 0xffffffff }));

describe("taylorAt", () => {
  test("is what a smooth network looks like along every line through the point", () => {
    fc.assert(
      fc.property(networkCases({ min: 1, max: 4 }), seeds, ({ network, x }, seed) => {
        const taylor = taylorAt(network, x);
        const v = Float64Array.from(x, seededNormals(seed));
        const along = (t: number) => network.value(x.map((value, j) => value + t * v[j]));
        const slope = v.reduce((sum, value, j) => sum + value * taylor.gradient[j], 0);
        const [h, scale] = [1e-4, 1 + Math.hypot(...v) ** 4];
        expect(taylor.loss).toBe(along(0));
        expect(Math.abs((along(h) - along(-h)) / (2 * h) - slope)).toBeLessThan(1e-4 * scale);
        const bend = (along(h) - 2 * along(0) + along(-h)) / h ** 2;
        expect(Math.abs(bend - taylor.hessian.at(v))).toBeLessThan(1e-4 * scale);
      }),
    );
  });

  test("has the trace that its values at the unit vectors add up to", () => {
    fc.assert(
      fc.property(networkCases({ min: 1, max: 4 }), ({ network, x }) => {
        const { hessian } = taylorAt(network, x);
        const sum = x.reduce((total, _, j) => total + hessian.at(x.map((_, k) => (k === j ? 1 : 0))), 0);
        expect(Math.abs(sum - hessian.trace)).toBeLessThan(1e-12 * (1 + Math.abs(sum)));
      }),
    );
  });

  test("takes the Hessian from differences of gradients where there is no product, to six digits", () => {
    fc.assert(
      fc.property(networkCases({ min: 1, max: 4 }), seeds, ({ network, x }, seed) => {
        const bare: SmoothLoss = { value: (at) => network.value(at), gradient: (at) => network.gradient(at) };
        const v = Float64Array.from(x, seededNormals(seed));
        const [exact, differenced] = [taylorAt(network, x).hessian, taylorAt(bare, x).hessian];
        const tolerance = 1e-6 * (1 + Math.hypot(...v) ** 2);
        expect(Math.abs(differenced.at(v) - exact.at(v))).toBeLessThan(tolerance);
        expect(Math.abs(differenced.trace - exact.trace)).toBeLessThan(1e-6);
      }),
    );
  });
});

/** Random logits that are linear in the input: f = b + Jx. */
function linearClassifier(d: number, classes: number, seed: number) {
  const normal = seededNormals(seed);
  const jacobian = Array.from({ length: classes }, () => Float64Array.from({ length: d }, normal));
  const bias = Float64Array.from({ length: classes }, normal);
  const logits = (x: Float64Array) => bias.map((b, k) => jacobian[k].reduce((sum, w, j) => sum + w * x[j], b));
  return { jacobian, logits, point: Float64Array.from({ length: d }, normal) };
}

describe("gaussNewtonTaylor", () => {
  const shapes = [fc.integer({ min: 1, max: 6 }), fc.integer({ min: 2, max: 5 }), seeds] as const;

  test("is the whole Taylor polynomial where the logits are linear", () => {
    fc.assert(
      fc.property(...shapes, (d, classes, seed) => {
        const { jacobian, logits, point } = linearClassifier(d, classes, seed);
        const label = seed % classes;
        const taylor = gaussNewtonTaylor(point, logits(point), jacobian, label);
        const v = Float64Array.from(point, seededNormals(seed + 1));
        const along = (t: number) => logitLoss(logits(point.map((value, j) => value + t * v[j])), label);
        const rates = jacobian.map((row) => v.reduce((sum, value, j) => sum + value * row[j], 0));
        const [h, scale] = [1e-4, 1 + (Math.max(...rates) - Math.min(...rates)) ** 4];
        const slope = v.reduce((sum, value, j) => sum + value * taylor.gradient[j], 0);
        expect(taylor.loss).toBe(along(0));
        expect(Math.abs((along(h) - along(-h)) / (2 * h) - slope)).toBeLessThan(1e-6 * scale);
        const bend = (along(h) - 2 * along(0) + along(-h)) / h ** 2;
        expect(Math.abs(bend - taylor.hessian.at(v))).toBeLessThan(1e-6 * scale);
      }),
    );
  });

  test("has a form that is nowhere negative, and the trace of its values at the unit vectors", () => {
    fc.assert(
      fc.property(...shapes, (d, classes, seed) => {
        const { jacobian, logits, point } = linearClassifier(d, classes, seed);
        const { hessian } = gaussNewtonTaylor(point, logits(point), jacobian, 0);
        expect(hessian.at(Float64Array.from(point, seededNormals(seed + 1)))).toBeGreaterThanOrEqual(0);
        const sum = point.reduce((total, _, j) => total + hessian.at(point.map((_, k) => (k === j ? 1 : 0))), 0);
        expect(Math.abs(sum - hessian.trace)).toBeLessThan(1e-12 * (1 + sum));
      }),
    );
  });

  test("keeps the gradient's digits where the class is nearly certain", () => {
    const jacobian = [Float64Array.of(1, 0), Float64Array.of(0, 1)];
    const { gradient, loss } = gaussNewtonTaylor(new Float64Array(2), Float64Array.of(40, 0), jacobian, 0);
    const p = Math.exp(-40);
    expect(Math.abs(gradient[0] / -p - 1)).toBeLessThan(1e-14);
    expect(Math.abs(gradient[1] / p - 1)).toBeLessThan(1e-14);
    expect(Math.abs(loss / p - 1)).toBeLessThan(1e-14);
  });

  test("refuses a jacobian of another number of classes, and a label that is none", () => {
    const row = Float64Array.of(1);
    const call = (jacobian: Float64Array[], label: number) => () =>
      gaussNewtonTaylor(row, Float64Array.of(0, 1), jacobian, label);
    expect(call([row], 0)).toThrow(ArgumentError);
    expect(call([row], 0)).toThrow("gaussNewtonTaylor: jacobian must be 2 rows long, got 1");
    for (const label of [2, -1, 0.5, Number.NaN]) {
      expect(call([row, row], label)).toThrow(ArgumentError);
      expect(call([row, row], label)).toThrow(`gaussNewtonTaylor: label must be a class in [0, 2), got ${label}`);
    }
  });
});

describe("logitLoss", () => {
  test("neither overflows nor loses the small losses", () => {
    expect(logitLoss(Float64Array.of(0, 0, 0, 0), 2)).toBeCloseTo(Math.log(4), 14);
    expect(logitLoss(Float32Array.of(1000, 0), 1)).toBe(1000);
    expect(logitLoss(Float32Array.of(1000, 0), 0)).toBe(0);
    expect(logitLoss(Float64Array.of(50, 0), 0) / Math.exp(-50)).toBeCloseTo(1, 12);
  });

  test("does not change when all logits are shifted", () => {
    const logits = fc.array(fc.double({ min: -50, max: 50, noNaN: true }), { minLength: 2, maxLength: 6 });
    fc.assert(
      fc.property(logits, fc.integer({ min: -500, max: 500 }), (values, shift) => {
        const loss = logitLoss(Float64Array.from(values), 0);
        const shifted = logitLoss(
          Float64Array.from(values, (value) => value + shift),
          0,
        );
        expect(Math.abs(shifted - loss)).toBeLessThan(1e-12 * (600 + loss));
      }),
    );
  });
});
