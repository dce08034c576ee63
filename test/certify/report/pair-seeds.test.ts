import fc from "fast-check";
import { FileError } from "smoothcert";
import { type PairedLog, pairLogs, pairSeeds } from "smoothcert/certify";
import { describe, expect, it } from "vitest";
import { studentQuantile } from "../../../certify/report/student.js";
import { CounterRandom, normalQuantile, STREAM } from "../../../src/index.js";
import { runSeed } from "../../laws/seed.js";

/** A log whose images are certified, right, at these radii. */
const logOf = (radii: readonly number[], file = "log.tsv"): PairedLog => ({
  file,
  rows: radii.map((radius, idx) => ({ idx, label: 0, predict: 0, radius, correct: true, time: 1 })),
});

describe("studentQuantile", () => {
  // Abramowitz and Stegun, table 26.10: t with P[|T| <= t] = 0.95, and 0.99.
  it.each([
    [1, 12.706, 63.657],
    [2, 4.303, 9.925],
    [3, 3.182, 5.841],
    [4, 2.776, 4.604],
    [9, 2.262, 3.25],
    [30, 2.042, 2.75],
    [120, 1.98, 2.617],
  ])("has the published values for %d degrees of freedom", (degrees, at95, at99) => {
    expect(studentQuantile(0.95, degrees)).toBeCloseTo(at95, 3);
    expect(studentQuantile(0.99, degrees)).toBeCloseTo(at99, 3);
  });

  it("is the tangent for one degree, and comes to the normal quantile", () => {
    fc.assert(
      fc.property(fc.double({ min: 0.001, max: 0.999, noNaN: true }), (confidence) => {
        expect(studentQuantile(confidence, 1)).toBeCloseTo(Math.tan((Math.PI * confidence) / 2), 8);
        const normal = normalQuantile((1 + confidence) / 2);
        expect(studentQuantile(confidence, 9999)).toBeCloseTo(normal, 2);
        expect(studentQuantile(confidence, 9999)).toBeGreaterThanOrEqual(normal);
      }),
    );
  });

  it("refuses what is out of range", () => {
    expect(() => studentQuantile(1, 3)).toThrow("confidence must be in (0, 1), got 1");
    expect(() => studentQuantile(0.9, 0)).toThrow("degrees must be an integer in [1, 10000], got 0");
  });
});

const radii = fc.array(fc.constantFrom(0, 0.5, 1), { minLength: 12, maxLength: 12 });
const seeds = fc.array(fc.tuple(radii, radii), { minLength: 2, maxLength: 5 });
const pairsOf = (each: readonly (readonly [number[], number[]])[]) =>
  each.map(([a, b]) => [logOf(a), logOf(b)] as const);

describe("pairSeeds", () => {
  it("has the means of what pairLogs finds seed by seed, and an interval around them", () => {
    fc.assert(
      fc.property(seeds, (each) => {
        const pairs = pairsOf(each);
        const [at] = pairSeeds(pairs, [0.5], 0.95).radii;
        const alone = pairs.map((pair) => pairLogs(pair, [0.5], 0.95).radii[0]);
        expect(at.seeds).toEqual(alone);
        expect(at.difference).toBeCloseTo(
          alone.reduce((sum, { difference }) => sum + difference, 0) / pairs.length,
          12,
        );
        expect(at.first - at.second).toBeCloseTo(at.difference, 12);
        expect(at.lower).toBeLessThanOrEqual(at.difference);
        expect(at.upper).toBeGreaterThanOrEqual(at.difference);
      }),
    );
  });

  it("is turned round with the methods, and the same for another order of seeds", () => {
    fc.assert(
      fc.property(seeds, (each) => {
        const [at] = pairSeeds(pairsOf(each), [1], 0.9).radii;
        const turned = pairSeeds(pairsOf(each.map(([a, b]) => [b, a])), [1], 0.9).radii[0];
        expect(turned.lower).toBeCloseTo(-at.upper, 12);
        expect(turned.upper).toBeCloseTo(-at.lower, 12);
        const reversed = pairSeeds(pairsOf(each.toReversed()), [1], 0.9).radii[0];
        expect([reversed.lower, reversed.upper][0]).toBeCloseTo(at.lower, 12);
      }),
    );
  });

  it("compares the images that all logs have", () => {
    const [whole, part] = [logOf([1, 1, 0, 1]), logOf([1, 0, 0])];
    expect(
      pairSeeds(
        [
          [whole, part],
          [whole, whole],
        ],
        [1],
        0.95,
      ),
    ).toMatchObject({
      images: 3,
      radii: [{ first: 2 / 3, second: 1 / 2 }],
    });
    const elsewhere: PairedLog = { file: "b.tsv", rows: [{ ...whole.rows[0], idx: 9 }] };
    expect(() =>
      pairSeeds(
        [
          [whole, part],
          [whole, elsewhere],
        ],
        [1],
        0.95,
      ),
    ).toThrow(FileError);
    expect(() => pairSeeds([[whole, part]], [1], 0.95)).toThrow("pairs must be those of at least 2 seeds, got 1");
  });

  /*
   * Two methods of which an image is certified with a chance of its own, the same for both: each image's share, shifted
   * by the training's luck. Of 1,000 comparisons of three seeds on 60 images at most 5 % may find a difference; more
   * than 5 % + 4 standard errors (7.8 %) would be by chance once in 30,000 runs if the level were just met.
   */
  it("finds a difference of equal methods in at most 5 % of comparisons", () => {
    const random = new CounterRandom({ seed: runSeed, stream: STREAM.theory, example: 0, sample: 0 });
    const normal = (): number => normalQuantile(random.uniform());
    const [tries, count, images] = [1000, 3, 60];
    let wrong = 0;
    for (let i = 0; i < tries; i++) {
      const shares = Array.from({ length: images }, () => 0.7 + 0.25 * normal());
      const trained = (): PairedLog => {
        const luck = 0.03 * normal();
        return logOf(shares.map((share) => (random.uniform() < share + luck ? 1 : 0)));
      };
      const pairs = Array.from({ length: count }, () => [trained(), trained()] as const);
      const [{ lower, upper }] = pairSeeds(pairs, [1], 0.95).radii;
      if (lower > 0 || upper < 0) wrong++;
    }
    expect(wrong, `seed ${runSeed}`).toBeLessThan(tries * 0.05 + 4 * Math.sqrt(tries * 0.05 * 0.95));
  });

  it("finds a difference that all seeds and images show", () => {
    const [ones, none] = [logOf(Array(30).fill(1)), logOf(Array(30).fill(0))];
    const [at] = pairSeeds(
      [0, 1, 2].map(() => [ones, none] as const),
      [1],
      0.95,
    ).radii;
    expect(at).toMatchObject({ difference: 1, deviation: 0, upper: 1 });
    // Student's quantile for two degrees of freedom, of one image in 30.
    expect(at.lower).toBeCloseTo(1 - 4.303 / 30, 3);
  });

  it("does not claim that methods are equal because no image shows a difference", () => {
    const same = logOf(Array(30).fill(1));
    const [{ lower, upper }] = pairSeeds(
      [
        [same, same],
        [same, same],
      ],
      [1],
      0.95,
    ).radii;
    expect(upper).toBeCloseTo(12.706 / 30, 3);
    expect(lower).toBe(-upper);
  });
});
