import fc from "fast-check";
import {
  ArgumentError,
  CounterRandom,
  gaussianNoise,
  gridNoise,
  type NoiseSource,
  type Pixels,
  STREAM,
} from "smoothcert";
import {
  Attacker,
  type AttackResult,
  type AttackSettings,
  type BaseClassifier,
  functionClassifier,
  Sampler,
  type SmoothedGradient,
  voteGradient,
} from "smoothcert/certify";
import { describe, expect, it } from "vitest";
import { distanceUpper } from "../../../certify/attack/perturbation.js";
import { runSeed } from "../../laws/seed.js";
import { linearClassifier } from "../some-classifiers.js";

const SIGMA = 0.25;
/** With tests at this level the assertions below fail falsely with a probability below 1e-7 in all. */
const SETTINGS: AttackSettings = { steps: 6, votes: 20_000, alpha: 1e-9, seed: runSeed };
const DIMENSION = 24;

function attacker(base: BaseClassifier, noiseAt: (sigma: number) => NoiseSource, settings = SETTINGS): Attacker {
  const gradient = voteGradient(base, noiseAt, SIGMA, 2000);
  return new Attacker(new Sampler(base, noiseAt(SIGMA)), gradient, settings);
}

/** A half-space and a point of class 1 at a distance from its border, with room for every pixel. */
function linearCase(example: number, form: "bytes" | "floats"): { w: number[]; b: number; x: Pixels; exact: number } {
  const random = new CounterRandom({ seed: runSeed, stream: STREAM.theory, example, sample: 1 });
  const w = Array.from({ length: DIMENSION }, () => 2 * random.uniform() - 1);
  const levels = Uint8Array.from({ length: DIMENSION }, () => 90 + random.integer(76));
  const x = form === "bytes" ? levels : Float32Array.from(levels, (level) => level / 255);
  const exact = SIGMA * (0.4 + 1.2 * random.uniform());
  const value = w.reduce((sum, weight, j) => sum + (weight * levels[j]) / 255, 0);
  return { w, b: value - exact * Math.hypot(...w), x, exact };
}

/**
 * A change of class is taken for one where its share leads by 7.5 / sqrt(20,000), which is 0.067 sigma beyond the
 * border, on 2,000 votes whose error is below 0.19 sigma but for a probability of 1e-9. The direction's error adds a
 * few percent.
 */
const mostFound = (exact: number): number => 1.1 * exact + 0.26 * SIGMA;

describe.each(["bytes", "floats"] as const)("an attack on half-spaces whose radius is known, in %s", (form) => {
  const noiseAt = form === "bytes" ? gridNoise : gaussianNoise;
  const attack = (example: number, claim: number): Promise<AttackResult> => {
    const { w, b, x, exact } = linearCase(example, form);
    return attacker(linearClassifier(w, b), noiseAt).attack({ x, example, predict: 1, radius: claim * exact });
  };
  const examples = Array.from({ length: 8 }, (_, i) => i);

  it.each(examples)("breaks no true certificate, and comes close to the border from outside (%i)", async (example) => {
    const { w, b, x, exact } = linearCase(example, form);
    const { inside, broken, smallest } = await attack(example, 0.98);
    expect(broken).toBe(false);
    expect(inside.predict).not.toBe(0);
    expect(inside.norm).toBeLessThan(0.98 * exact);
    expect(inside.norm).toBeGreaterThan(0.9 * exact);
    // The noise is symmetric about every input: beyond the border the class is 0, nowhere else.
    const { point, norm, predict } = smallest!;
    const unit = form === "bytes" ? 255 : 1;
    expect(w.reduce((sum, weight, j) => sum + (weight * point[j]) / unit, 0)).toBeLessThan(b);
    expect([predict, norm]).toEqual([0, distanceUpper(x, point)]);
    expect(norm).toBeGreaterThanOrEqual(exact);
    expect(norm).toBeLessThan(mostFound(exact));
  });

  it.each(examples)("breaks a certificate of 1.5 times the true radius (%i)", async (example) => {
    const { exact } = linearCase(example, form);
    const { inside, broken, smallest } = await attack(example, 1.5);
    expect([broken, inside.predict]).toEqual([true, 0]);
    expect(inside.norm).toBeLessThan(1.5 * exact);
    expect(smallest!.norm).toBeLessThanOrEqual(inside.norm);
    expect(smallest!.norm).toBeGreaterThanOrEqual(exact);
    expect(smallest!.norm).toBeLessThan(mostFound(exact));
  });
});

describe("an attack", () => {
  const classifier = (label: (x: Float32Array) => number, classes = 2): BaseClassifier =>
    functionClassifier(label, { name: "f", inputShape: [1, 1, 3], classes });

  it("finds nothing where the class never changes, and stops at the end of the pixels", async () => {
    const { broken, smallest } = await attacker(
      classifier(() => 1),
      gridNoise,
    ).attack({
      x: Uint8Array.of(3, 250, 100),
      example: 0,
      predict: 1,
      radius: 0.3,
    });
    expect({ broken, smallest }).toEqual({ broken: false, smallest: undefined });
  });

  it("tests x itself if the radius leaves no other input, and breaks a wrong class's certificate there", async () => {
    const base = classifier((x) => (x[0] > 0.5 ? 1 : 0));
    const x = Uint8Array.of(255, 0, 0);
    for (const radius of [0, Number.MIN_VALUE, 0.9 / 255]) {
      const right = await attacker(base, gridNoise).attack({ x, example: 1, predict: 1, radius });
      expect([right.broken, right.inside.norm, right.inside.point]).toEqual([false, 0, x]);
      // Half a unit to the left the class changes.
      expect(right.smallest!.norm).toBeGreaterThan(0.49);
      const wrong = await attacker(base, gridNoise).attack({ x, example: 1, predict: 0, radius });
      expect([wrong.broken, wrong.inside.predict, wrong.smallest!.norm]).toEqual([true, 1, 0]);
    }
  });

  it("gives the same result again, and another for another seed", async () => {
    const base = classifier((x) => (x[0] + x[1] > 0.5 ? 1 : 0));
    const target = { x: Uint8Array.of(128, 90, 20), example: 4, predict: 1, radius: 0.1 };
    const again = await Promise.all([0, 1].map(() => attacker(base, gridNoise).attack(target)));
    expect(again[0]).toEqual(again[1]);
    const other = await attacker(base, gridNoise, { ...SETTINGS, seed: runSeed + 1 }).attack(target);
    expect(other.inside.counts).not.toEqual(again[0].inside.counts);
  });

  it("never tests on noise that its search has seen, nor on that of a certificate", async () => {
    const grid = gridNoise(SIGMA);
    const calls: { stream: number; first: number; count: number }[] = [];
    const noise: NoiseSource = {
      ...grid,
      perturb(out, offset, pixels, address, count) {
        calls.push({ stream: address.stream, first: address.sample, count });
        grid.perturb(out, offset, pixels, address, count);
      },
    };
    const base = classifier((x) => (x[0] > 0.4 ? 1 : 0));
    const gradient = voteGradient(base, () => noise, SIGMA, 100);
    const settings = { ...SETTINGS, votes: 500 };
    await new Attacker(new Sampler(base, noise), gradient, settings).attack({
      x: Uint8Array.of(200, 90, 20),
      example: 4,
      predict: 1,
      radius: 0.2,
    });
    expect(new Set(calls.map(({ stream }) => stream))).toEqual(new Set([STREAM.attack]));
    const kind = (first: number): number => Math.floor(first / 2 ** 30);
    expect(new Set(calls.map(({ first }) => kind(first)))).toEqual(new Set([0, 1, 2]));
    for (const { first, count } of calls) expect(kind(first + count - 1)).toBe(kind(first));
    // No sample of a test is drawn twice.
    const tests = calls
      .filter(({ first }) => kind(first) === 2)
      .flatMap(({ first, count }) => Array.from({ length: count }, (_, i) => first + i));
    expect(new Set(tests).size).toBe(tests.length);
    expect(tests.length).toBeGreaterThanOrEqual(1000);
  });

  it("stops when it is told to", async () => {
    const signal = AbortSignal.abort();
    const target = { x: Uint8Array.of(200, 90, 20), example: 4, predict: 1, radius: 0.2 };
    await expect(
      attacker(
        classifier(() => 1),
        gridNoise,
      ).attack(target, { signal }),
    ).rejects.toThrow("aborted");
  });

  const copies = (count: number): SmoothedGradient => ({
    ...voteGradient(
      classifier(() => 1),
      gridNoise,
      0.5,
      10,
    ),
    copies: count,
  });
  it.each<[Partial<AttackSettings>, number, string]>([
    [{ steps: 0 }, 1, "attack: steps must be an integer in [1, 10000], got 0"],
    [{ votes: 49 }, 1, "attack: votes must be an integer in [50, 10000000], got 49"],
    [{ alpha: 0 }, 1, "attack: alpha must be in (0, 0.01], got 0"],
    [{ alpha: 0.02 }, 1, "attack: alpha must be in (0, 0.01], got 0.02"],
    [{ seed: -1 }, 1, "attack: seed must be an integer of at least 0, got -1"],
    [{ steps: 1000 }, 1e6, "attack: copies must be at most 89478 for 1000 steps, got 1000000"],
  ])("refuses %j with %i copies", (settings, count, message) => {
    const sampler = new Sampler(
      classifier(() => 1),
      gridNoise(0.5),
    );
    const make = (): Attacker => new Attacker(sampler, copies(count), { ...SETTINGS, ...settings });
    expect(make).toThrow(ArgumentError);
    expect(make).toThrow(message);
  });
});

describe("an attack on any input", () => {
  it("keeps bytes bytes and the inside strictly inside", async () => {
    const base = functionClassifier((x) => (x[0] - x[1] + x[2] > 0 ? 1 : 0), {
      name: "f",
      inputShape: [1, 1, 3],
      classes: 2,
    });
    const cases = fc.record({
      x: fc.uint8Array({ minLength: 3, maxLength: 3 }),
      radius: fc.double({ min: 0, max: 1, noNaN: true }),
      predict: fc.integer({ min: 0, max: 1 }),
    });
    await fc.assert(
      fc.asyncProperty(cases, async ({ x, radius, predict }) => {
        const settings = { ...SETTINGS, votes: 200, steps: 2 };
        const { inside } = await attacker(base, gridNoise, settings).attack({ x, example: 0, predict, radius });
        expect(inside.point).toBeInstanceOf(Uint8Array);
        expect(inside.norm).toBe(distanceUpper(x, inside.point));
        if (inside.norm > 0) expect(inside.norm).toBeLessThan(radius);
      }),
      { numRuns: 15 },
    );
  });
});
