import fc from "fast-check";
import { ArgumentError } from "smoothcert";
import {
  abstentions,
  averageCertifiedRadius,
  binomialInterval,
  type CurveStep,
  certifiedAccuracy,
  certifiedCount,
  certifiedCurve,
  cleanAccuracy,
  type LogRow,
} from "smoothcert/certify";
import { describe, expect, it } from "vitest";
import { anyRows } from "../log/log-arbitraries.js";

const rows = anyRows(1);
const radius = fc.oneof(fc.constantFrom(0, 0.25, 0.5, 1), fc.double({ min: 0, max: 5, noNaN: true }));

/** CA(r) as the definition says it, point by point. */
function accuracyByHand(points: readonly LogRow[], r: number): number {
  let certified = 0;
  for (const point of points) {
    if (point.predict !== -1 && point.predict === point.label && point.radius >= r) certified += 1;
  }
  return certified / points.length;
}

/** The value at r of the step function that the steps describe. */
function valueAt(steps: readonly CurveStep[], r: number): number {
  return steps.find((step) => r <= step.radius)?.accuracy ?? 0;
}

describe("the certified-accuracy curve", () => {
  it("equals the definition, at any radius and at its own jumps", () => {
    fc.assert(
      fc.property(rows, radius, (points, r) => {
        const steps = certifiedCurve(points);
        for (const at of [r, ...points.map((point) => point.radius)]) {
          expect(certifiedAccuracy(points, at)).toBe(accuracyByHand(points, at));
          expect(valueAt(steps, at)).toBe(accuracyByHand(points, at));
        }
      }),
    );
  });

  it("does not increase with the radius, and falls at each step", () => {
    fc.assert(
      fc.property(rows, radius, radius, (points, r, s) => {
        expect(certifiedAccuracy(points, Math.max(r, s))).toBeLessThanOrEqual(
          certifiedAccuracy(points, Math.min(r, s)),
        );
        const steps = certifiedCurve(points);
        steps.slice(1).forEach((step, i) => {
          expect(step.radius).toBeGreaterThan(steps[i].radius);
          expect(step.count).toBeLessThan(steps[i].count);
        });
      }),
    );
  });

  it("is the fraction of correct points at radius 0, and 0 beyond the largest radius", () => {
    fc.assert(
      fc.property(rows, (points) => {
        expect(cleanAccuracy(points)).toBe(points.filter((point) => point.correct).length / points.length);
        const beyond = Math.max(...points.map((point) => point.radius)) + 1e-9;
        expect(certifiedCount(points, beyond)).toBe(0);
      }),
    );
  });

  it("has the average certified radius as its area, up to rounding", () => {
    fc.assert(
      fc.property(rows, (points) => {
        const steps = certifiedCurve(points);
        const area = steps.reduce(
          (sum, step, i) => sum + step.accuracy * (step.radius - (steps[i - 1]?.radius ?? 0)),
          0,
        );
        expect(Math.abs(averageCertifiedRadius(points) - area)).toBeLessThan(1e-13);
      }),
    );
  });

  it("does not depend on the order of the rows", () => {
    const pair = rows.chain((points) =>
      fc.tuple(fc.constant(points), fc.shuffledSubarray(points, { minLength: points.length })),
    );
    fc.assert(
      fc.property(pair, ([points, shuffled]) => {
        expect(certifiedCurve(shuffled)).toEqual(certifiedCurve(points));
        expect(abstentions(shuffled)).toBe(abstentions(points));
        expect(averageCertifiedRadius(shuffled)).toBeCloseTo(averageCertifiedRadius(points), 13);
      }),
    );
  });

  it("counts a wrong point with a large radius and an abstention for nothing", () => {
    const points: LogRow[] = [
      { idx: 0, label: 3, predict: 3, radius: 0.5, correct: true },
      { idx: 1, label: 3, predict: 4, radius: 9, correct: false },
      { idx: 2, label: 3, predict: -1, radius: 0, correct: false },
      { idx: 3, label: 3, predict: 3, radius: 0, correct: true },
    ];
    expect(certifiedCurve(points)).toEqual([
      { radius: 0, count: 2, accuracy: 0.5 },
      { radius: 0.5, count: 1, accuracy: 0.25 },
    ]);
    expect(averageCertifiedRadius(points)).toBe(0.125);
    expect(abstentions(points)).toBe(1);
    expect(certifiedCurve(points.slice(1, 3))).toEqual([]);
  });

  it("refuses a radius that is none, and no rows", () => {
    const points = [{ correct: true, radius: 1 }];
    for (const r of [-0.1, Number.NaN, Infinity]) {
      expect(() => certifiedAccuracy(points, r)).toThrow(ArgumentError);
      expect(() => certifiedAccuracy(points, r)).toThrow(
        `certifiedCount: radius must be a finite number of at least 0, got ${r}`,
      );
    }
    expect(() => cleanAccuracy([])).toThrow("certifiedCount: rows must be at least one row, got []");
    expect(() => averageCertifiedRadius([])).toThrow("averageCertifiedRadius: rows must be at least one row, got []");
    expect(() => certifiedCurve([])).toThrow("certifiedCurve: rows must be at least one row, got []");
  });
});

describe("the confidence band", () => {
  // scipy 1.17: beta.ppf(0.025, k, m - k + 1), beta.ppf(0.975, k + 1, m - k)
  it.each([
    [0, 500, 0, 0.007350610051907784],
    [1, 500, 5.0634334007415215e-5, 0.011092476898968787],
    [5, 500, 0.0032547214070242523, 0.02318138806965964],
    [250, 500, 0.4552855693242276, 0.5447144306757724],
    [499, 500, 0.9889075231010312, 0.9999493656659926],
    [9000, 10000, 0.8939531000964005, 0.9058127882662164],
  ])("of %i in %i is Clopper and Pearson's", (count, total, lower, upper) => {
    const band = binomialInterval(count, total, 0.95);
    expect(band.lower).toBeCloseTo(lower, 12);
    expect(band.upper).toBeCloseTo(upper, 12);
  });

  it("holds the fraction, mirrors, and widens with the confidence", () => {
    const trials = fc.integer({ min: 1, max: 2000 }).chain((total) => fc.tuple(fc.nat(total), fc.constant(total)));
    fc.assert(
      fc.property(trials, fc.double({ min: 0.5, max: 0.99, noNaN: true }), ([count, total], confidence) => {
        const { lower, upper } = binomialInterval(count, total, confidence);
        expect(lower).toBeLessThanOrEqual(count / total);
        expect(upper).toBeGreaterThanOrEqual(count / total);
        expect(binomialInterval(total - count, total, confidence).lower).toBeCloseTo(1 - upper, 12);
        const wider = binomialInterval(count, total, confidence + 0.009);
        expect(wider.upper - wider.lower).toBeGreaterThan(upper - lower);
      }),
    );
  });

  it("covers the probability at least as often as it says", () => {
    // Exact coverage, by summing the binomial probabilities of the counts whose interval holds p.
    for (const [total, p] of [
      [20, 0.1],
      [50, 0.5],
      [50, 0.93],
    ]) {
      let weight = (1 - p) ** total;
      let covered = 0;
      for (let count = 0; count <= total; count++) {
        const { lower, upper } = binomialInterval(count, total, 0.95);
        if (lower <= p && p <= upper) covered += weight;
        weight *= ((total - count) / (count + 1)) * (p / (1 - p));
      }
      expect(covered).toBeGreaterThanOrEqual(0.95);
      expect(covered).toBeLessThan(0.995);
    }
  });

  it.each([
    [1, 0, 0.95, "total must be an integer in [1, 1073741824], got 0"],
    [3, 2, 0.95, "count must be an integer in [0, 2], got 3"],
    [-1, 2, 0.95, "count must be an integer in [0, 2], got -1"],
    [1, 2, 1, "confidence must be in (0, 1), got 1"],
    [1, 2, Number.NaN, "confidence must be in (0, 1), got NaN"],
  ])("refuses %d of %d at %d", (count, total, confidence, message) => {
    expect(() => binomialInterval(count, total, confidence)).toThrow(ArgumentError);
    expect(() => binomialInterval(count, total, confidence)).toThrow(`binomialInterval: ${message}`);
  });
});
