import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isBeyondChance } from "../../bench/tables/over-seeds.js";
import { CounterRandom, normalQuantile, STREAM } from "../../src/index.js";
import { runSeed } from "../laws/seed.js";

describe("isBeyondChance", () => {
  it("says nothing of one seed, nor of differences that are all 0", () => {
    expect(isBeyondChance([[1, 1, 1, 1]])).toBe(false);
    expect(isBeyondChance([Array(9).fill(0), Array(9).fill(0)])).toBe(false);
  });

  it("finds what all seeds and images agree on, and is the same of differences turned round", () => {
    expect(isBeyondChance([Array(9).fill(1), Array(9).fill(1)])).toBe(true);
    const table = fc.array(fc.array(fc.integer({ min: -1, max: 1 }), { minLength: 20, maxLength: 20 }), {
      minLength: 2,
      maxLength: 6,
    });
    fc.assert(
      fc.property(table, (differences) => {
        const turned = differences.map((row) => row.map((value) => -value));
        expect(isBeyondChance(turned)).toBe(isBeyondChance(differences));
      }),
    );
  });

  /*
   * Two equal methods: each image has a share of its own, each seed a shift of its own. Of 2,000 comparisons of three
   * seeds on 60 images at most 5 % may be found beyond chance; more than 5 % + 4 standard errors (6.9 %) would be by
   * chance once in 30,000 runs if the level were just met.
   */
  it("is wrong of equal methods in at most 5 % of comparisons", () => {
    const random = new CounterRandom({ seed: runSeed, stream: STREAM.theory, example: 0, sample: 0 });
    const normal = (): number => normalQuantile(random.uniform());
    const [tries, seeds, images] = [2000, 3, 60];
    let wrong = 0;
    for (let i = 0; i < tries; i++) {
      const byImage = Array.from({ length: images }, () => 0.3 * normal());
      const differences = Array.from({ length: seeds }, () => {
        const shift = 0.04 * normal();
        return byImage.map((share) => share + shift + 0.4 * normal());
      });
      if (isBeyondChance(differences)) wrong++;
    }
    expect(wrong, `seed ${runSeed}`).toBeLessThan(tries * 0.05 + 4 * Math.sqrt(tries * 0.05 * 0.95));
    // And not by finding nothing: a shift of 0.3 is found nearly always.
    const found = Array.from({ length: seeds }, () => Array.from({ length: images }, () => 0.3 + 0.4 * normal()));
    expect(isBeyondChance(found), `seed ${runSeed}`).toBe(true);
  });
});
