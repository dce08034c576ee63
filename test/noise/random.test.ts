import fc from "fast-check";
import { ArgumentError, CounterRandom, philox4x32, STREAM } from "smoothcert";
import { describe, expect, it } from "vitest";
import { runSeed } from "../laws/seed.js";
import { binomialRange, ksDistance, largestKsDistance } from "../laws/statistics.js";

const ADDRESS = { seed: runSeed, stream: STREAM.theory, example: 0, sample: 0 };

/** A sequence whose words are given. */
class Scripted extends CounterRandom {
  #next = 0;
  constructor(readonly words: readonly number[]) {
    super(ADDRESS);
  }
  override uint32(): number {
    return this.words[this.#next++];
  }
}

describe("CounterRandom", () => {
  it("reads the words of Philox in order, block after block", () => {
    const random = new CounterRandom({ seed: 2 ** 32 + 7, stream: 3, example: 2, sample: 1 });
    const block = new Uint32Array(4);
    for (let i = 0; i < 3; i++) {
      philox4x32(block, i, 1, 2, 3, 7, 1);
      for (const word of block) expect(random.uint32()).toBe(word);
    }
  });

  it("gives uniform numbers in the open interval (0, 1), also from the extreme words", () => {
    expect(new Scripted([0, 0]).uniform()).toBe(2 ** -53);
    const largest = new Scripted([0xffffffff, 0xffffffff]).uniform();
    expect(largest).toBeLessThan(1);
    expect(largest).toBe(1 - 2 ** -53);
    const random = new CounterRandom(ADDRESS);
    const draws = Float64Array.from({ length: 200_000 }, () => random.uniform());
    // Fails with probability 1e-8 at most.
    expect(ksDistance(draws, (u) => u)).toBeLessThan(largestKsDistance(draws.length));
  });

  it("maps every residue from equally many words, and draws again above the last whole multiple", () => {
    const word = fc.integer({ min: 0, max: 2 ** 32 - 1 });
    const bounds = fc.oneof(
      fc.integer({ min: 1, max: 2 ** 32 }),
      fc.constantFrom(1, 2, 3 * 2 ** 30, 2 ** 32 - 1, 2 ** 32),
    );
    fc.assert(
      fc.property(bounds, fc.array(word, { minLength: 1, maxLength: 5 }), (bound, words) => {
        const usable = words.find((w) => w < Math.floor(2 ** 32 / bound) * bound) ?? 0;
        expect(new Scripted([...words, 0]).integer(bound)).toBe(usable % bound);
      }),
      { numRuns: 1000 },
    );
    expect(new Scripted([0xc0000000, 0xffffffff, 0xbfffffff]).integer(3 * 2 ** 30)).toBe(0xbfffffff);
    expect(new Scripted([0xffffffff]).integer(2 ** 32)).toBe(0xffffffff);
  });

  it("permutes: every index once", () => {
    fc.assert(
      fc.property(fc.nat(300), fc.nat(), (length, example) => {
        const order = new CounterRandom({ ...ADDRESS, example }).permutation(length);
        expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length }, (_, i) => i));
      }),
    );
  });

  it("gives each of the 24 orders of four things equally often", () => {
    const times = new Map<string, number>();
    const draws = 24_000;
    const random = new CounterRandom(ADDRESS);
    for (let i = 0; i < draws; i++) {
      const order = random.permutation(4).join("");
      times.set(order, (times.get(order) ?? 0) + 1);
    }
    expect(times.size).toBe(24);
    // 24 binomial counts; one leaves its range with probability 1e-8 at most.
    const { least, most } = binomialRange(draws, 1 / 24, 24);
    for (const [order, count] of times) {
      expect(count, order).toBeGreaterThanOrEqual(least);
      expect(count, order).toBeLessThanOrEqual(most);
    }
  });

  it("names what it refuses", () => {
    const random = new CounterRandom(ADDRESS);
    expect(() => random.integer(0)).toThrow(ArgumentError);
    expect(() => random.integer(0)).toThrow(
      "CounterRandom.integer: bound must be an integer in [1, 4294967296], got 0",
    );
    expect(() => random.integer(2 ** 32 + 1)).toThrow("got 4294967297");
    expect(() => random.permutation(-1)).toThrow(ArgumentError);
    expect(() => random.permutation(-1)).toThrow(
      "CounterRandom.permutation: length must be an integer in [0, 4294967295], got -1",
    );
    expect(() => new CounterRandom({ ...ADDRESS, example: 1.5 })).toThrow(ArgumentError);
    expect(() => new CounterRandom({ ...ADDRESS, example: 1.5 })).toThrow(
      "CounterRandom: example must be an integer in [0, 4294967295], got 1.5",
    );
  });
});
