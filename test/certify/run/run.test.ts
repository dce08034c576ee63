import { ArgumentError, uniformNoise } from "smoothcert";
import {
  type CertificationProgress,
  certify,
  formatRow,
  functionClassifier,
  type LogRow,
  MemoryLogStore,
  planCertification,
} from "smoothcert/certify";
import { describe, expect, it } from "vitest";
import { smallRun } from "./small-run.js";

const lines = (rows: readonly LogRow[]): string[] => rows.map((row) => formatRow({ ...row, time: 0, check: "" }));

async function wholeRun(): Promise<MemoryLogStore> {
  const store = new MemoryLogStore();
  await certify(smallRun(), store);
  return store;
}

describe("certify", () => {
  it("writes a row for each example of the range, and tells plan, speed, rows and progress in this order", async () => {
    const store = new MemoryLogStore();
    const told: string[] = [];
    const progress: CertificationProgress[] = [];
    const plan = await certify(smallRun(), store, {
      announce: async ({ indices, remaining, largestRadius, fewestSamples }) => {
        await new Promise((resolve) => setTimeout(resolve, 5));
        expect(store.rows).toEqual([]);
        expect([indices, remaining]).toEqual(Array(2).fill([0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22]));
        expect(largestRadius).toBeGreaterThan(0.3);
        expect(fewestSamples).toBe(64);
        told.push("plan");
      },
      estimated({ samplesPerSecond, seconds, tuned }) {
        expect(samplesPerSecond).toBeGreaterThan(0);
        expect(seconds[0]).toBe(seconds[1]);
        expect(tuned).toBe(false);
        told.push("speed");
      },
      row: ({ idx }) => told.push(`row ${idx}`),
      progress: (each) => progress.push(each),
    });
    expect(told).toEqual(["plan", "speed", ...plan.indices.map((idx) => `row ${idx}`)]);
    const correct = store.rows.filter((row) => row.correct).length;
    expect(progress.at(-1)).toEqual({ images: 12, correct, samples: 12 * (16 + 64) });
    for (let i = 1; i < progress.length; i++) {
      expect(progress[i].samples).toBeGreaterThanOrEqual(progress[i - 1].samples);
    }
  });

  it("goes on where it was stopped, and ends in the rows of a run that was not", async () => {
    const whole = await wholeRun();
    const store = new MemoryLogStore();
    const controller = new AbortController();
    const stopped = certify(smallRun(), store, {
      signal: controller.signal,
      row: () => store.rows.length === 5 && controller.abort(new Error("enough")),
    });
    await expect(stopped).rejects.toThrow("enough");
    const kept = store.rows.length; // those whose last batch was under way come too
    expect(kept).toBeGreaterThanOrEqual(5);
    expect(kept).toBeLessThan(12);
    expect(lines(store.rows)).toEqual(lines(whole.rows).slice(0, kept));
    const plan = await certify(smallRun(), store);
    expect(plan.remaining).toEqual(plan.indices.slice(kept));
    expect(lines(store.rows)).toEqual(lines(whole.rows));
  });

  it("announces a finished log, and measures and draws nothing", async () => {
    const store = await wholeRun();
    const told: string[] = [];
    const classify = (): never => expect.fail("nothing is left to label");
    const classifier = { ...smallRun().classifier, classify };
    const plan = await certify(smallRun({ classifier }), store, {
      announce: () => void told.push("plan"),
      estimated: () => void told.push("speed"),
      progress: () => void told.push("progress"),
    });
    expect([told, plan.remaining]).toEqual([["plan"], []]);
  });

  it("gives the log back when the classifier fails, with what was stored before", async () => {
    const store = new MemoryLogStore();
    const { classifier } = smallRun();
    let calls = 0;
    const failing = {
      ...classifier,
      async classify(batch: Float32Array, count: number, labels: Int32Array) {
        if (store.rows.length > 0 && ++calls > 1) throw new Error("out of memory");
        await classifier.classify(batch, count, labels);
      },
    };
    await expect(certify(smallRun({ classifier: failing }), store)).rejects.toThrow("out of memory");
    const before = store.rows.length;
    expect(before).toBeLessThan(12);
    await certify(smallRun(), store);
    expect(lines(store.rows)).toEqual(lines((await wholeRun()).rows));
  });

  it("takes alpha for all certificates together where it is asked to", async () => {
    const store = new MemoryLogStore();
    await certify(smallRun({ simultaneous: true, n: 300 }), store);
    expect(store.header).toMatchObject({ familyAlpha: 0.05 });
    expect(store.header?.alpha).toBeLessThanOrEqual(0.05 / 12);
  });

  it("names the norm in the header where it is not L2", async () => {
    const store = new MemoryLogStore();
    await certify(smallRun({ smoothing: uniformNoise(0.25) }), store);
    expect(store.header).toMatchObject({ norm: "l1", noise: "uniform-float32/philox4x32-10/1", sigma: 0.25 });
    expect((await wholeRun()).header).not.toHaveProperty("norm");
  });
});

describe("planCertification", () => {
  const constant = functionClassifier(() => 0, { name: "constant", inputShape: [1, 3, 2], classes: 2 });
  it.each([
    ["a classifier of other classes", { classifier: constant }, "a classifier of stripes's 3 classes, got 2"],
    [
      "radii beyond reach",
      { stop: { kind: "radii", radii: [0.1, 9] }, interval: "union" },
      "stop.radii must be at most",
    ],
    ["n too small", { n: 2 }, "n must be at least"],
    ["an empty range", { skip: 0 }, "skip must be an integer of at least 1, got 0"],
  ] as const)("refuses %s", (_, change, message) => {
    expect(() => planCertification(smallRun(change))).toThrow(ArgumentError);
    expect(() => planCertification(smallRun(change))).toThrow(message);
  });
});
