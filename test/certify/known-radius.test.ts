import { normalCdf } from "smoothcert";
import { ABSTAIN, type CertifySettings, FIXED_BOUNDS, SmoothedClassifier } from "smoothcert/certify";
import { describe, expect, it } from "vitest";
import { repetitions, someOf } from "../laws/effort.js";
import { exceedingChance, exceedingChanceOfThree } from "../laws/failure-chance.js";
import { runSeed } from "../laws/seed.js";
import { binomialRange, binomialTails, sumRange } from "../laws/statistics.js";
import { BY_CLASS } from "./by-class.js";
import {
  ballCases,
  gridCases,
  type KnownCase,
  linearCases,
  SIGMA,
  staircaseCases,
  wedgeCases,
} from "./known-radius-cases.js";

const ALPHA = 0.01;
const N = 200;
const N0 = 40;

type Mode = Required<Omit<CertifySettings, "stop">>;
const MODES: Mode[] = BY_CLASS.flatMap((bound) =>
  [N0, 0].flatMap((n0) => FIXED_BOUNDS.map((interval) => ({ bound, n0, n: N, alpha: ALPHA, interval }))),
);
const describeMode = ({ bound, n0, interval }: Mode): string => `${bound}, n0 = ${n0}, ${interval}`;

/** How many single bounds a certificate rests on: alpha is divided among them (docs/soundness.md). */
function bounds({ bound, n0 }: Mode, classes: number): number {
  if (bound === "one-sided") return n0 > 0 ? 1 : classes;
  return n0 > 0 ? classes : 2 * classes;
}

/**
 * The probability that a certificate fails; undefined where it is not computed. Of three classes it is taken that the
 * right one is selected, which is so in 96% of cases or more.
 */
function failureChance({ base, answer, exact, pA, three }: KnownCase, mode: Mode): number | undefined {
  const randomised = mode.interval === "randomised-clopper-pearson";
  const rule = { n: N, level: ALPHA / bounds(mode, base.classes), randomised };
  const limit = exact / SIGMA;
  if (base.classes === 2) {
    const selected = mode.n0 > 0 ? binomialTails(N0, pA)[N0 / 2 + answer] : 1; // a tie goes to class 0
    const other = mode.n0 > 0 ? 1 - selected : 1;
    return selected * exceedingChance(pA, normalCdf(limit), rule) + other * exceedingChance(1 - pA, 0.5, rule);
  }
  if (three === undefined) return undefined;
  if (mode.bound === "one-sided") return exceedingChance(pA, normalCdf(limit), rule);
  return randomised ? undefined : exceedingChanceOfThree(three, limit, N, rule.level);
}

interface Tally {
  readonly certificates: number;
  failures: number;
  abstentions: number;
  /** Expected failures; undefined where they are not computed. */
  readonly chance: number | undefined;
}

/**
 * Certifies the cases in turn, each time with other noise. A failure is a class that is not the answer, or a radius
 * beyond the exact one.
 */
async function tally(cases: readonly KnownCase[], certificates: number, mode: Mode, seed: number): Promise<Tally> {
  const chances = cases.map((known) => failureChance(known, mode));
  const chance = chances.includes(undefined)
    ? undefined
    : chances.reduce<number>((sum, each) => sum + ((each as number) * certificates) / cases.length, 0);
  const result: Tally = { certificates, failures: 0, abstentions: 0, chance };
  const smoothed = cases.map(({ base, noise }) => new SmoothedClassifier(base, noise, seed));
  for (let i = 0; i < certificates; i++) {
    const { x, answer, exact } = cases[i % cases.length];
    const { predict, radius } = await smoothed[i % cases.length].certify(x, i, mode);
    if (predict === ABSTAIN) result.abstentions += 1;
    else if (predict !== answer || radius > exact) result.failures += 1;
  }
  return result;
}

/** Of all modes. */
const FAMILIES: readonly [string, KnownCase[], number][] = [
  ["ball", ballCases(), repetitions(2000)],
  ["staircase", staircaseCases(), repetitions(2000)],
  ["wedge", wedgeCases(), repetitions(1000)],
  ["wedge on the grid", gridCases(), repetitions(1000)],
];

/** Up to 14,000 certificates per mode. */
async function tallies(mode: Mode, seed: number): Promise<[family: string, tally: Tally][]> {
  // Randomised bounds differ most from the others where the votes alone don't decide.
  const linear = linearCases(N, ALPHA / bounds(mode, 2), mode.interval !== "clopper-pearson");
  const found: [string, Tally][] = [];
  // Where alpha is divided among most bounds, few fail: it takes all repetitions to see that some do.
  const repeated = bounds(mode, 2) > 2 ? 8000 : repetitions(8000, 4000);
  for (const [name, cases, certificates] of [["linear", linear, repeated] as const, ...FAMILIES]) {
    found.push([name, await tally(cases, certificates, mode, seed)]);
  }
  return found;
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

function describeTally([family, { certificates, failures, abstentions, chance }]: [string, Tally]): string {
  const expected = chance === undefined ? "" : ` (expected ${chance.toFixed(1)})`;
  return `  ${family}: ${failures} of ${certificates} fail${expected}, ${abstentions} abstain`;
}

describe("certificates of classifiers whose exact radius is known", () => {
  it.each(someOf(MODES).map((mode, index) => [describeMode(mode), mode, index] as const))(
    "%s: fail as rarely as alpha promises, and as often as the bounds must",
    { timeout: 300_000 },
    async (name, mode, index) => {
      const found = await tallies(mode, runSeed + index);
      const all = found.map(([, each]) => each);
      const failures = sum(all.map((each) => each.failures));
      const certificates = sum(all.map((each) => each.certificates));
      console.info(
        [`${name}: ${failures} of ${certificates} fail, at alpha = ${ALPHA}`, ...found.map(describeTally)].join("\n"),
      );

      expect(certificates).toBeGreaterThanOrEqual(5500);
      // alpha's promise, but for a probability of 1e-8.
      expect(failures).toBeLessThanOrEqual(binomialRange(certificates, ALPHA).most);
      for (const each of all) {
        expect(each.failures).toBeLessThanOrEqual(binomialRange(each.certificates, ALPHA).most);
        expect(each.abstentions).toBeLessThan(each.certificates / 2);
      }
      // And what the binomial makes of it, from both sides: outside with probability 1e-8 at most.
      const known = all.filter((each) => each.chance !== undefined);
      for (const each of known) expectWithin(each.failures, each.chance as number);
      const chance = sum(known.map((each) => each.chance as number));
      expectWithin(sum(known.map((each) => each.failures)), chance);
      expect(sumRange(chance).least).toBeGreaterThan(0);
    },
  );
});

function expectWithin(failures: number, expected: number): void {
  const { least, most } = sumRange(expected);
  expect(failures).toBeGreaterThanOrEqual(least);
  expect(failures).toBeLessThanOrEqual(most);
}
