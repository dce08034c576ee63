import type * as tfl from "@tensorflow/tfjs-layers";
import { buildModel, type Dataset, useEngine } from "smoothcert";
import { estimateRisk, type MeasureOptions, measureRisk, modelLoss, modelTaylor } from "smoothcert/train";
import { beforeAll, describe, expect, it } from "vitest";

const OPTIONS: MeasureOptions = { copies: 4, sigmas: [0.1, 0.2, 0.4], draws: 500, seed: 3 };
let model: tfl.LayersModel;
beforeAll(async () => {
  await useEngine("cpu");
  // Softmax regression is smooth: its remainders are of the orders that the theorem says.
  model = buildModel("linear", { inputShape: [3, 2, 1], classes: 4, seed: 12 });
});

/** Pixels of example i: floats that differ between examples. */
const pixelsOf = (i: number): Float32Array => Float32Array.from({ length: 6 }, (_, j) => ((i + 1) * (j + 2)) % 1.3);

const dataset = {
  shape: [3, 2, 1],
  length: 3,
  example: (i: number) => ({ pixels: pixelsOf(i), label: i }),
} as unknown as Dataset;

describe("measureRisk", () => {
  it("is the mean of estimateRisk over the examples, each with draws of its own", async () => {
    const rows = await measureRisk(model, dataset, [0, 2], OPTIONS);
    const each = await Promise.all(
      [0, 2].map(async (example) =>
        estimateRisk(modelLoss(model, example), await modelTaylor(model, pixelsOf(example), example), {
          ...OPTIONS,
          example,
        }),
      ),
    );
    rows.forEach((row, s) => {
      const [a, b] = each.map((estimates) => estimates[s]);
      expect(row.sigma).toBe(OPTIONS.sigmas[s]);
      for (const field of ["risk", "firstOrderRemainder", "secondOrderRemainder"] as const) {
        expect(row[field]).toBe((a[field] + b[field]) / 2);
      }
      expect(row.standardError).toBe(Math.hypot(a.standardError, b.standardError) / 2);
      expect(row.firstOrder + row.firstOrderRemainder).toBeCloseTo(row.risk, 12);
      expect(row.secondOrder + row.secondOrderRemainder).toBeCloseTo(row.risk, 12);
    });
  });

  it("gives the slopes of the remainders from the sigma before, and none for the first", async () => {
    const rows = await measureRisk(model, dataset, [0, 1, 2], OPTIONS);
    expect([rows[0].firstOrderSlope, rows[0].secondOrderSlope]).toEqual([null, null]);
    for (const [k, row] of rows.slice(1).entries()) {
      expect(row.firstOrderSlope).toBeCloseTo(Math.log2(row.firstOrderRemainder / rows[k].firstOrderRemainder), 12);
      expect(row.firstOrderSlope).toBeGreaterThan(1.5);
      expect(row.firstOrderSlope).toBeLessThan(2.5);
    }
  });

  it("gives no slope where a remainder is lost in its noise", async () => {
    const rows = await measureRisk(model, dataset, [0], { ...OPTIONS, sigmas: [0.001, 0.002], draws: 2 });
    const hidden = rows.some((row) => Math.abs(row.secondOrderRemainder) <= 2 * row.standardError);
    expect(hidden).toBe(true);
    expect(rows[1].secondOrderSlope).toBeNull();
  });

  it("has a row for each different sigma, in ascending order", async () => {
    const rows = await measureRisk(model, dataset, [0], { ...OPTIONS, sigmas: [0.4, 0.1, 0.4, 0.2] });
    expect(rows).toEqual(await measureRisk(model, dataset, [0], OPTIONS));
  });

  it("tells of each example, and ends with the signal's reason after the one under way", async () => {
    const controller = new AbortController();
    const told: [number, number][] = [];
    const onExample = (done: number, loss: number): void => {
      told.push([done, loss]);
      if (done === 2) controller.abort(new Error("enough"));
    };
    const measured = measureRisk(model, dataset, [0, 1, 2], { ...OPTIONS, signal: controller.signal, onExample });
    await expect(measured).rejects.toThrow("enough");
    const polynomials = [0, 1].map((example) => modelTaylor(model, pixelsOf(example), example));
    expect(told).toEqual((await Promise.all(polynomials)).map(({ loss }, i) => [i + 1, loss]));
  });

  it("refuses options out of range, and no examples", async () => {
    await expect(measureRisk(model, dataset, [], OPTIONS)).rejects.toThrow(
      "measureRisk: indices must be those of at least one example, got 0",
    );
    await expect(measureRisk(model, dataset, [0], { ...OPTIONS, sigmas: [0.1, 0] })).rejects.toThrow(
      "sigmas must be finite numbers above 0, got 0",
    );
  });
});
