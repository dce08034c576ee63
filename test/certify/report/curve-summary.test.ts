import { existsSync, readFileSync } from "node:fs";
import fc from "fast-check";
import {
  averageCertifiedRadius,
  binomialInterval,
  certifiedAccuracy,
  certifiedCurve,
  cleanAccuracy,
  parseLog,
  radiusGrid,
  summarizeCurve,
} from "smoothcert/certify";
import { describe, expect, it } from "vitest";
import { anyRows } from "../log/log-arbitraries.js";

describe("summarizeCurve", () => {
  it("gathers the figures of the rows, each accuracy with its interval", () => {
    const radii = fc.array(fc.double({ min: 0, max: 4, noNaN: true }), { maxLength: 5 });
    fc.assert(
      fc.property(anyRows(1), radii, (rows, grid) => {
        const summary = summarizeCurve(rows, grid, 0.9);
        expect(summary.points).toBe(rows.length);
        expect(summary.acr).toBe(averageCertifiedRadius(rows));
        expect(summary.clean.accuracy).toBe(cleanAccuracy(rows));
        expect(summary.radii.map(({ accuracy }) => accuracy)).toEqual(grid.map((r) => certifiedAccuracy(rows, r)));
        expect(summary.curve).toMatchObject(certifiedCurve(rows));
        for (const { count, lower, upper } of [summary.clean, ...summary.radii, ...summary.curve]) {
          expect({ lower, upper }).toEqual(binomialInterval(count, rows.length, 0.9));
        }
      }),
      { numRuns: 50 },
    );
  });
});

describe("radiusGrid", () => {
  const grid = (...radii: number[]): number[] => radiusGrid(radii.map((radius) => ({ radius, correct: true })));

  it("goes from 0 in quarters to the largest certified radius", () => {
    expect(grid(0.3, 0.95)).toEqual([0, 0.25, 0.5, 0.75]);
    expect(grid(0.5)).toEqual([0, 0.25, 0.5]);
    expect(
      radiusGrid([
        { radius: 0.6, correct: true },
        { radius: 3, correct: false },
      ]),
    ).toEqual([0, 0.25, 0.5]);
  });

  it("doubles or halves its step until 2 to 12 radii are left", () => {
    expect(grid(3.25)).toEqual([0, 0.5, 1, 1.5, 2, 2.5, 3]);
    expect(grid(0.1)).toEqual([0, 0.03125, 0.0625, 0.09375]);
    const largest = fc.double({ min: 1e-6, max: 1e6, noNaN: true });
    fc.assert(
      fc.property(largest, (radius) => {
        const radii = grid(radius);
        expect(radii.length - 1).toBeGreaterThanOrEqual(2);
        expect(radii.length - 1).toBeLessThanOrEqual(12);
        expect(radii.at(-1)).toBeLessThanOrEqual(radius);
      }),
    );
  });

  it("is 0 alone where nothing is certified", () => {
    expect(grid(0, 0)).toEqual([0]);
    expect(radiusGrid([{ radius: 1, correct: false }])).toEqual([0]);
  });
});

const published = new URL(
  "../../../../shared/data/cohen2019/cifar10_resnet110_noise0.25_sigma0.25.tsv",
  import.meta.url,
);

describe.skipIf(!existsSync(published))("a log of Cohen et al. 2019 (skipped without ../shared/data/cohen2019)", () => {
  // awk -F'\t' 'NR>1{m++; c+=$5; a+=($3==-1); s+=$5*$4; for(r=0;r<4;r++) k[r]+=($5==1 && $4>=r*.25)}
  //   END{print m,c,a,s,k[0],k[1],k[2],k[3]}' cifar10_resnet110_noise0.25_sigma0.25.tsv
  it("gives what awk computes from the raw rows", () => {
    const { rows, warnings } = parseLog(readFileSync(published, "utf8"), "cohen2019");
    const summary = summarizeCurve(rows, [0, 0.25, 0.5, 0.75], 0.95);
    expect(warnings).toEqual([]);
    expect(summary.points).toBe(500);
    expect(summary.abstentions).toBe(43);
    expect(summary.acr * 500).toBeCloseTo(214.44182, 4);
    expect(summary.radii.map(({ count }) => count)).toEqual([374, 300, 214, 133]);
  });

  it("gives what a plain reading of the text computes, at every radius in it", () => {
    const text = readFileSync(published, "utf8");
    const { rows } = parseLog(text, "cohen2019");
    const raw = text
      .trimEnd()
      .split("\n")
      .slice(1)
      .map((line) => line.split("\t"));
    expect(rows).toHaveLength(raw.length);
    for (const [, , , radius] of raw) {
      const certified = raw.filter(([, label, predict, r]) => label === predict && Number(r) >= Number(radius));
      expect(certifiedAccuracy(rows, Number(radius))).toBe(certified.length / raw.length);
    }
  });
});
