import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { segmentsOf, streamsOf, tokensIn } from "../../../train/language/segments.js";
import { runSeed } from "../../laws/seed.js";
import { generatedText } from "./support.js";

const seed = fc.integer({ min: 0, max: 2 ** 40 });

describe("the pieces of an epoch", () => {
  it("cover every stream but its last token once, in order", () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 3000 }), fc.integer({ min: 1, max: 200 }), seed, (length, bptt, s) => {
        const segments = segmentsOf(length, bptt, s, 3);
        let place = 0;
        for (const each of segments) {
          expect(each.start).toBe(place);
          expect(each.length).toBeGreaterThanOrEqual(1);
          place += each.length;
        }
        expect(place).toBe(length - 1);
        for (const each of segments.slice(0, -1)) expect(each.length).toBeGreaterThanOrEqual(5);
      }),
    );
  });

  it("are the same for the same seed and epoch, and others for others", () => {
    const pieces = (s: number, epoch: number): string => JSON.stringify(segmentsOf(5000, 40, s, epoch));
    expect(pieces(7, 1)).toBe(pieces(7, 1));
    expect(new Set([pieces(7, 1), pieces(8, 1), pieces(7, 2)]).size).toBe(3);
  });

  it("have 95 % of the time some bptt steps, else half of them", () => {
    // 20,000 lengths of mean 0.95 (70 - 1/2) + 0.05 (35 - 1/2) and deviation sqrt(25 + 1/12 + 0.95 0.05 35^2): the mean
    // is off by 5 of its standard errors once in 1.7 million runs.
    const lengths = segmentsOf(70 * 20_000, 70, runSeed, 0).slice(0, 20_000);
    expect(lengths.length).toBe(20_000);
    const mean = lengths.reduce((sum, { length }) => sum + length, 0) / lengths.length;
    const deviation = Math.sqrt(25 + 1 / 12 + 0.95 * 0.05 * 35 ** 2);
    expect(Math.abs(mean - (0.95 * 69.5 + 0.05 * 34.5))).toBeLessThan((5 * deviation) / Math.sqrt(lengths.length));
    // No length of one kind comes within 3 deviations of the other's mean but by a chance of 2e-4.
    const short = lengths.filter(({ length }) => length < 52).length;
    const error = Math.sqrt(0.05 * 0.95 * lengths.length);
    expect(Math.abs(short - 0.05 * lengths.length)).toBeLessThan(5 * error + 0.0003 * lengths.length);
  });
});

describe("streams", () => {
  it("lie behind each other in the text, and the token after each is what is foretold", () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 60 }), fc.integer({ min: 1, max: 6 }), (length, batch) => {
        fc.pre(Math.floor(length / batch) >= 2);
        const tokens = generatedText(length, 1, 50);
        const streams = streamsOf(tokens, batch);
        const { read, next } = tokensIn(streams, { start: 0, length: streams.length - 1 });
        for (let b = 0; b < batch; b++) {
          const at = (all: Int32Array): number[] => [...all].filter((_, i) => i % batch === b);
          const own = [...tokens.subarray(b * streams.length, (b + 1) * streams.length)];
          expect([...at(read), own.at(-1)]).toEqual(own);
          expect([own[0], ...at(next)]).toEqual(own);
        }
      }),
    );
  });
});
