import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { useEngine } from "smoothcert";
import { createObjective, exampleBatch, type MethodSettings } from "smoothcert/train";
import { beforeAll, describe, expect, it } from "vitest";
import { perceptron, START, toyData, toyNoise } from "./support.js";

beforeAll(async () => void (await useEngine("wasm")));

describe("the aggregations of the same copies", () => {
  it("rise from the smallest losses over the mean to MaxUp's maximum", () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 9 }), fc.nat(), (copies, seed) => {
        const model = perceptron();
        const batch = exampleBatch({
          dataset: toyData(),
          augmentation: toyNoise,
          examples: [0, 1, 2],
          copies,
          seed,
          firstSample: 0,
        });
        const lossOf = (settings: MethodSettings): number =>
          tf.tidy(
            () =>
              createObjective({ ...settings, copies })
                .prepare(model, batch, START)()
                .loss.dataSync()[0],
          );
        const aggregate = (options: object): number => lossOf({ name: "aggregate", ...options });
        const rising = [
          aggregate({ aggregation: "bottom", share: 0.01 }),
          aggregate({ aggregation: "bottom" }),
          aggregate({ aggregation: "mean" }),
          aggregate({ aggregation: "softmax", temperature: 10 }),
          aggregate({ aggregation: "softmax", temperature: 1 }),
          aggregate({ aggregation: "softmax", temperature: 0.01 }),
          lossOf({ name: "maxup" }),
        ];
        for (let i = 1; i < rising.length; i++) expect(rising[i]).toBeGreaterThanOrEqual(rising[i - 1] - 1e-4);
        // -tau log m is what softmax lacks at most.
        expect(rising[6] - rising[5]).toBeLessThanOrEqual(0.01 * Math.log(copies) + 1e-5);
        expect(aggregate({ aggregation: "top", share: 0.01 })).toBeCloseTo(rising[6], 5);
        expect(aggregate({ aggregation: "top", share: 1 })).toBeCloseTo(rising[2], 5);
        model.dispose();
      }),
      { numRuns: 10 },
    );
  });
});
