import { CounterRandom } from "smoothcert";
import { type GateVerdict, judgeByPolicy, type Policy } from "smoothcert/certify";
import { describe, expect, it } from "vitest";
import { runSeed } from "../../laws/seed.js";
import { binomialPmf, binomialTails, FALSE_FAILURE } from "../../laws/statistics.js";
import { outcomesOf, trinomialProbability } from "../../laws/trinomial.js";
import { countedRows, gatedLog, policyOf, rowsOf } from "./gated.js";

const ROUNDING = 1e-12;

/** The probability of a verdict, where the verdict is a function of how many images are certified. */
function chanceOf(wanted: GateVerdict, verdicts: readonly GateVerdict[], p: number): number {
  const pmf = binomialPmf(verdicts.length - 1, p);
  return verdicts.reduce((sum, verdict, count) => sum + (verdict === wanted ? pmf[count] : 0), 0);
}

describe("certified-accuracy", () => {
  it.each([
    [20, 0.8, 0.9],
    [50, 0.5, 0.95],
    [200, 0.95, 0.95],
    [200, 0.02, 0.999],
  ])("errs at the boundary as seldom as promised: %d images, %d required, confidence %d", (images, atLeast, level) => {
    const policy = policyOf(level, { kind: "certified-accuracy", radius: 0.5, atLeast });
    const verdicts = Array.from(
      { length: images + 1 },
      (_, count) => judgeByPolicy(policy, gatedLog(countedRows(count, images))).verdict,
    );
    const order: GateVerdict[] = ["NO-GO", "INCONCLUSIVE", "GO"];
    expect(verdicts).toEqual(verdicts.toSorted((a, b) => order.indexOf(a) - order.indexOf(b)));
    for (const wanted of ["GO", "NO-GO"] as const) {
      // Just below the requirement GO is an error, at it NO-GO is; the exact tests waste less than one count's chance.
      const chance = chanceOf(wanted, verdicts, atLeast);
      const next = verdicts.includes(wanted) ? Math.max(...binomialPmf(images, atLeast)) : 1;
      expect(chance).toBeLessThanOrEqual(1 - level + ROUNDING);
      expect(chance).toBeGreaterThan(1 - level - next);
    }
  });
});

describe("no-regression", () => {
  it.each([
    [12, 0, 0.9],
    [20, 0.1, 0.9],
    [30, 0.05, 0.8],
  ])("errs at the boundary as seldom as promised: %d images, margin %d, confidence %d", (images, margin, level) => {
    const policy = policyOf(level, { kind: "no-regression", baseline: "old", radius: 0.5, margin });
    const verdicts = outcomesOf(images).map((at) => ({ at, verdict: verdictOfPairs(policy, at, images) }));
    for (const lost of [margin, 0.05 + margin, 0.3, (1 + margin) / 2]) {
      const chance = (wanted: GateVerdict): number =>
        verdicts
          .filter(({ verdict }) => verdict === wanted)
          .reduce((sum, { at }) => sum + trinomialProbability(at, images, lost - margin, lost), 0);
      expect(chance("GO")).toBeLessThanOrEqual(1 - level + ROUNDING);
      expect(chance("NO-GO")).toBeLessThanOrEqual(1 - level + ROUNDING);
    }
    expect(verdictOfPairs(policy, [images, 0], images)).toBe("GO");
    expect(verdictOfPairs(policy, [0, images], images)).toBe("NO-GO");
    expect(verdictOfPairs(policy, [1, 1], images)).toBe("INCONCLUSIVE");
  });
});

/** The verdict where the log alone certifies some images, and the baseline alone others. */
function verdictOfPairs(policy: Policy, [won, lost]: readonly [number, number], images: number): GateVerdict {
  const radii = (from: number, to: number): (number | undefined)[] =>
    Array.from({ length: images }, (_, i) => (from <= i && i < to ? 1 : undefined));
  const old = { file: "old.tsv", rows: rowsOf(radii(won, won + lost)) };
  return judgeByPolicy(policy, gatedLog(rowsOf(radii(0, won)), { old })).verdict;
}

describe("a policy of several requirements", () => {
  const CONFIDENCE = 0.9;
  const LOGS = 600;
  const IMAGES = 60;
  /** The shares of images that are certified at 0.25, 0.5 and 0.75, and lost against the baseline at 0.25. */
  const SHARES = [0.8, 0.6, 0.3] as const;
  const LOST = 0.15;
  const policyAt = (radii: readonly number[], atLeast: readonly number[]): Policy =>
    policyOf(
      CONFIDENCE,
      ...radii.map((radius, i) => ({ kind: "certified-accuracy" as const, radius, atLeast: atLeast[i] })),
      { kind: "no-regression", baseline: "old", radius: 0.25, margin: LOST },
    );

  /** How often the verdict is the wanted one, of logs drawn from the population. */
  function howOften(wanted: GateVerdict, policy: Policy, stream: number): number {
    const random = new CounterRandom({ seed: runSeed, stream, example: 0, sample: 0 });
    // Above the radii of the policy by more than the rounding of a log that is printed.
    const draw = (): (number | undefined)[] =>
      Array.from({ length: IMAGES }, () => {
        const u = random.uniform();
        const radii = SHARES.map((share, i) => (u < share ? 0.25 * (i + 1) + 0.1 : undefined));
        return radii.findLast((r) => r !== undefined);
      });
    let count = 0;
    for (let i = 0; i < LOGS; i++) {
      const radii = draw();
      // Of the images that the log doesn't certify, the baseline certifies as many as LOST of all.
      const lost = radii.map((radius) => radius ?? (random.uniform() < LOST / (1 - SHARES[0]) ? 1 : undefined));
      const baselines = { old: { file: "old.tsv", rows: rowsOf(lost) } };
      if (judgeByPolicy(policy, gatedLog(rowsOf(radii), baselines)).verdict === wanted) count += 1;
    }
    return count;
  }

  /** More errors than this has a probability of FALSE_FAILURE at most, if each has one of 1 - CONFIDENCE at most. */
  const tooMany = binomialTails(LOGS, 1 - CONFIDENCE).findIndex((tail) => tail <= FALSE_FAILURE);

  it("says NO-GO seldom where all of them just hold", () => {
    const errors = howOften("NO-GO", policyAt([0.25, 0.5, 0.75], SHARES), 90);
    expect(errors).toBeLessThan(tooMany);
    expect(errors).toBeGreaterThan(0);
  });

  it("says GO seldom where one of them just fails and the others hold by far", () => {
    const errors = howOften("GO", policyAt([0.25, 0.5], [0.4, SHARES[1]]), 91);
    expect(errors).toBeLessThan(tooMany);
  });
});
