import fc from "fast-check";
import { ArgumentError, createDataset, gaussianNoise } from "smoothcert";
import {
  ABSTAIN,
  certifiedRadius,
  certifyDataset,
  clopperPearsonLower,
  exampleIndices,
  formatRow,
  functionClassifier,
  type LogRow,
  parseRow,
  SmoothedClassifier,
} from "smoothcert/certify";
import { describe, expect, it } from "vitest";

const SETTINGS = { n0: 12, n: 60, alpha: 0.05 };
const dataset = createDataset({
  name: "ramp",
  split: "test",
  shape: [1, 2, 1],
  classes: ["dark", "even", "light"],
  pixels: Uint8Array.from({ length: 60 }, (_, i) => (i * 53) % 256),
  labels: Array.from({ length: 30 }, (_, i) => i % 3),
  source: "this test",
});
const brightness = functionClassifier((x) => (x[0] + x[1] < 0.6 ? 0 : x[0] + x[1] < 1.4 ? 1 : 2), {
  name: "brightness",
  inputShape: [1, 2, 1],
  classes: 3,
});

async function certified(indices: readonly number[], seed = 4): Promise<LogRow[]> {
  const smoothed = new SmoothedClassifier(brightness, gaussianNoise(0.25), seed);
  const rows: LogRow[] = [];
  for await (const row of certifyDataset(smoothed, dataset, indices, SETTINGS)) rows.push({ ...row, time: 0 });
  return rows;
}

describe("exampleIndices", () => {
  it("is the indices below max and length that skip divides, in order", () => {
    fc.assert(
      fc.property(
        fc.nat(200),
        fc.integer({ min: 1, max: 60 }),
        fc.integer({ min: 1, max: 250 }),
        (length, skip, max) => {
          const expected = Array.from({ length }, (_, i) => i).filter((i) => i % skip === 0 && i < max);
          expect(exampleIndices(length, { skip, max })).toEqual(expected);
        },
      ),
    );
  });

  it("stops at max also where skip does not divide it", () => {
    expect(exampleIndices(10_000, { skip: 20, max: 50 })).toEqual([0, 20, 40]);
    expect(exampleIndices(10_000, { skip: 20, max: 40 })).toEqual([0, 20]);
    expect(exampleIndices(10_000, { skip: 20, max: 41 })).toEqual([0, 20, 40]);
  });

  it.each([
    [0, 5, "exampleIndices: skip must be an integer of at least 1, got 0"],
    [1.5, 5, "exampleIndices: skip must be an integer of at least 1, got 1.5"],
    [1, 0, "exampleIndices: max must be an integer of at least 1, got 0"],
    [1, Number.NaN, "exampleIndices: max must be an integer of at least 1, got NaN"],
  ])("refuses skip = %d, max = %d", (skip, max, message) => {
    expect(() => exampleIndices(9, { skip, max })).toThrow(ArgumentError);
    expect(() => exampleIndices(9, { skip, max })).toThrow(message);
  });
});

describe("certifyDataset", () => {
  it("gives each example the same row, whatever others it is certified with and in which order", async () => {
    const all = await certified(Array.from({ length: 30 }, (_, i) => i));
    await fc.assert(
      fc.asyncProperty(fc.shuffledSubarray(all.map(({ idx }) => idx)), async (indices) => {
        expect(await certified(indices)).toEqual(indices.map((idx) => all[idx]));
      }),
      { numRuns: 20 },
    );
    expect(await certified([0, 1, 2], 5)).not.toEqual(all.slice(0, 3));
  });

  it("writes rows from which the radius can be derived again, to the last bit, through the log's text", async () => {
    const rows = await certified(Array.from({ length: 30 }, (_, i) => i));
    for (const row of rows) {
      const { counts0 = [], counts = [], nA, n, pALower, predict, radius, label, correct } = parseRow(formatRow(row));
      const sum = (votes: typeof counts): number => votes.reduce((total, [, count]) => total + count, 0);
      expect([sum(counts0), sum(counts), n]).toEqual([12, 60, 60]);
      const most = Math.max(...counts0.map(([, count]) => count));
      const cAHat = (counts0.find(([, count]) => count === most) as readonly [number, number])[0];
      expect(nA).toBe(counts.find(([c]) => c === cAHat)?.[1] ?? 0);
      expect(pALower).toBe(clopperPearsonLower(nA as number, 60, 0.05));
      const certifies = (pALower as number) > 0.5;
      expect(predict).toBe(certifies ? cAHat : ABSTAIN);
      expect(radius).toBe(certifies ? certifiedRadius(0.25, pALower as number) : 0);
      expect([label, correct]).toEqual([row.idx % 3, predict === label]);
    }
    expect(new Set(rows.map(({ predict }) => predict)).size).toBe(4);
  });

  it("measures the time of each row", async () => {
    const smoothed = new SmoothedClassifier(brightness, gaussianNoise(0.25), 4);
    for await (const { time } of certifyDataset(smoothed, dataset, [0, 1], SETTINGS)) {
      expect(time).toBeGreaterThanOrEqual(0);
    }
  });

  it("stops with the reason given", async () => {
    const smoothed = new SmoothedClassifier(brightness, gaussianNoise(0.25), 4);
    const rows = certifyDataset(smoothed, dataset, [0], SETTINGS, { signal: AbortSignal.abort(new Error("enough")) });
    await expect(rows.next()).rejects.toThrow("enough");
  });
});
