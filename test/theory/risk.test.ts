import fc from "fast-check";
import { ArgumentError } from "smoothcert";
import {
  type BatchLoss,
  estimateRisk,
  firstOrderRisk,
  type RiskOptions,
  sampleExcess,
  sampleMean,
  secondOrderRisk,
  taylorAt,
} from "smoothcert/train";
import { describe, expect, test } from "vitest";
import { networkCases, seededNormals } from "./networks.js";

const flat = { trace: 0, at: () => 0 };
const numbers = fc.double({ min: -10, max: 10, noNaN: true });

describe("estimateRisk", () => {
  test("of a linear loss is L + sigma c_m |g| to rounding, whatever the draws", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(numbers, { minLength: 1, maxLength: 6 }),
        fc.integer({ min: 1, max: 10 }),
        fc.nat(),
        async (g, copies, seed) => {
          const taylor = { point: new Float64Array(g.length), loss: 2, gradient: Float64Array.from(g), hessian: flat };
          const loss = batchOf(g.length, (x) => x.reduce((sum, value, j) => sum + g[j] * value, 2));
          const estimates = await estimateRisk(loss, taylor, { copies, sigmas: [0.5, 3], draws: 5, seed });
          for (const { sigma, risk, firstOrderRemainder, standardError } of estimates) {
            expect(Math.abs(risk - firstOrderRisk(taylor, copies, sigma))).toBeLessThan(1e-11);
            expect(Math.abs(firstOrderRemainder)).toBeLessThan(1e-11);
            expect(standardError).toBeLessThan(1e-11);
          }
        },
      ),
    );
  });

  // Eight standard errors of two independent estimates: false failure below 1e-14 for normal laws, of which there are
  // 60.
  test("agrees with the plain average, even with a wrong polynomial as its control variate", async () => {
    await fc.assert(
      fc.asyncProperty(
        networkCases({ min: 1, max: 3 }),
        fc.integer({ min: 1, max: 5 }),
        fc.nat(),
        fc.constantFrom("max" as const, "mean" as const),
        async ({ network, x }, copies, seed, aggregate) => {
          const normal = seededNormals(seed);
          const wrong = {
            ...taylorAt(network, x),
            gradient: Float64Array.from(x, normal),
            hessian: { trace: 2 * x.length, at: (v: ArrayLike<number>) => 2 * sumOfSquares(v) },
          };
          const options = { copies, sigmas: [0.3, 1], draws: 3000, seed, aggregate };
          const estimates = await estimateRisk(network.batch, wrong, options);
          for (const { sigma, risk, standardError } of estimates) {
            const plain = sampleMean(
              Float64Array.from({ length: 3000 }, () => {
                const losses = Array.from({ length: copies }, () =>
                  network.value(x.map((value) => value + sigma * normal())),
                );
                return aggregate === "max" ? Math.max(...losses) : sampleMean(losses).mean;
              }),
            );
            const error = Math.hypot(standardError, plain.standardError);
            expect(Math.abs(risk - plain.mean)).toBeLessThanOrEqual(8 * error);
          }
        },
      ),
      { numRuns: 30 },
    );
  });

  test("gives remainders that add up to the risk", async () => {
    await fc.assert(
      fc.asyncProperty(networkCases({ min: 1, max: 3 }), fc.integer({ min: 1, max: 5 }), async ({ network, x }, m) => {
        const taylor = taylorAt(network, x);
        fc.pre(Math.hypot(...taylor.gradient) > 1e-6);
        const options = { copies: m, sigmas: [0.1, 0.7], draws: 10, seed: 3 };
        for (const estimate of await estimateRisk(network.batch, taylor, options)) {
          const { sigma, risk, firstOrderRemainder, secondOrderRemainder } = estimate;
          expect(Math.abs(firstOrderRisk(taylor, m, sigma) + firstOrderRemainder - risk)).toBeLessThan(1e-12);
          expect(Math.abs(secondOrderRisk(taylor, m, sigma) + secondOrderRemainder - risk)).toBeLessThan(1e-12);
        }
      }),
      { numRuns: 30 },
    );
  });

  // The control variates are worth their cost: at sigma 0.01 they shrink the standard error a hundredfold.
  test("is far sharper than the plain average at small sigma", async () => {
    const [{ network, x }] = fc.sample(networkCases({ min: 3, max: 3 }), { numRuns: 1, seed: 7 });
    const taylor = taylorAt(network, x);
    const options = { copies: 4, sigmas: [0.01], draws: 1000, seed: 1 };
    const [sharp] = await estimateRisk(network.batch, taylor, options);
    const [plain] = await estimateRisk(
      network.batch,
      { ...taylor, gradient: new Float64Array(3), hessian: flat },
      options,
    );
    expect(sharp.standardError).toBeLessThan(plain.standardError / 100);
  });
});

describe("sampleExcess", () => {
  const { network, x } = fc.sample(networkCases({ min: 2, max: 2 }), { numRuns: 1, seed: 11 })[0];
  const taylor = taylorAt(network, x);
  const options: RiskOptions = { copies: 3, sigmas: [0.1, 0.2], draws: 20, seed: 5 };

  test("is a function of seed, example and draw: batch, other sigmas and number of draws don't matter", async () => {
    const [excess, second] = await sampleExcess(network.batch, taylor, options);
    const [rebatched] = await sampleExcess(network.batch, taylor, { ...options, batch: 7 });
    const [alone] = await sampleExcess(network.batch, taylor, { ...options, sigmas: [0.2], draws: 9 });
    expect(rebatched).toEqual(excess);
    expect(alone).toEqual(second.slice(0, 9));
    const [reseeded] = await sampleExcess(network.batch, taylor, { ...options, seed: 6 });
    const [another] = await sampleExcess(network.batch, taylor, { ...options, example: 1 });
    expect(new Set([...excess, ...reseeded, ...another]).size).toBe(60);
  });

  test.each([
    [{ copies: 0 }, "copies must be an integer of at least 1, got 0"],
    [{ draws: 1 }, "draws must be an integer in [2, 4294967295], got 1"],
    [{ batch: 0 }, "batch must be an integer of at least 1, got 0"],
    [{ sigmas: [0.1, 0] }, "sigmas must be finite numbers above 0, got 0"],
    [{ sigmas: [Number.NaN] }, "sigmas must be finite numbers above 0, got NaN"],
    [{ seed: -1 }, "seed must be an integer of at least 0, got -1"],
  ])("refuses %j", async (wrong, message) => {
    const attempt = sampleExcess(network.batch, taylor, { ...options, ...wrong });
    await expect(attempt).rejects.toThrow(ArgumentError);
    await expect(attempt).rejects.toThrow(message);
  });
});

describe("sampleMean", () => {
  test("gives the mean and its standard error", () => {
    expect(sampleMean([1, 2, 3, 6])).toEqual({ mean: 3, standardError: Math.sqrt(14 / 3 / 4) });
    expect(sampleMean([4]).standardError).toBeNaN();
  });
});

/** A plain function as the loss of a batch. */
function batchOf(dimension: number, f: (x: Float64Array) => number): BatchLoss {
  return (points, count) =>
    Array.from({ length: count }, (_, i) => f(points.subarray(i * dimension, (i + 1) * dimension)));
}

function sumOfSquares(v: ArrayLike<number>): number {
  return Array.from(v).reduce((sum, value) => sum + value * value, 0);
}
