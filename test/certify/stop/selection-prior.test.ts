import { normalCdf } from "smoothcert";
import {
  bettingLower,
  bettingUpper,
  type CertifySettings,
  decide,
  outcomesAt,
  type StopRule,
  type Votes,
} from "smoothcert/certify";
import { describe, expect, it } from "vitest";
import { someOf } from "../../laws/effort.js";
import { binomialPmf } from "../../laws/statistics.js";
import { gaussianAt } from "../../laws/theorem.js";
import { BY_CLASS } from "../by-class.js";
import { everWrong } from "./class-walk.js";
import { exactly, procedureOf, SIGMA } from "./procedure.js";

/** `betting-prior`: the selection's votes decide how the run bets, and so how often it errs. */

const ALPHA = 0.05;
const N0 = 8;
const RULES: readonly StopRule[] = [
  { kind: "fixed" },
  { kind: "radii", radii: [0, 0.5, 1] },
  { kind: "precision", precision: 0.1 },
];
const MODES: CertifySettings[] = RULES.flatMap((stop) =>
  BY_CLASS.map((bound) => ({ n0: N0, n: 60, alpha: ALPHA, bound, interval: "betting-prior", stop })),
);
const name = ({ stop, bound }: CertifySettings): string => `stop ${stop?.kind}, ${bound}`;

/** Robust radii that are radii of the rule to the last bit. */
const CASES = [0, 0.5, 1].map((robust) => ({ p: normalCdf(robust / SIGMA), robust }));

describe("the probability of a false certificate by the selection's votes, exactly", () => {
  it.each(someOf(MODES).map((mode) => [name(mode), mode] as const))(
    "%s: at most alpha given any selection of the class, and over all selections",
    (_, mode) => {
      const procedures = Array.from({ length: N0 + 1 }, (_, votes0) => procedureOf(mode, votes0));
      for (const { p, robust } of CASES) {
        const chances = binomialPmf(N0, p);
        let [wrong, everWrong] = [0, 0];
        for (const [votes0, procedure] of procedures.entries()) {
          const exact = exactly(procedure, p, robust);
          expect(exact.everWrong).toBeLessThanOrEqual(ALPHA);
          expect(exact.wrong).toBeLessThanOrEqual(exact.everWrong * (1 + 1e-12));
          wrong += chances[votes0] * exact.wrong;
          everWrong += chances[votes0] * exact.everWrong;
        }
        expect(everWrong).toBeLessThanOrEqual(ALPHA);
        expect(everWrong).toBeGreaterThan(1e-5);
        expect(wrong).toBeLessThanOrEqual(everWrong * (1 + 1e-12));
      }
    },
  );

  it("falsely refutes with probability alpha at most, given any selection of the class", () => {
    const theorem = gaussianAt(SIGMA);
    const mode = MODES[2];
    for (const { p, robust } of CASES.slice(1)) {
      for (const votes0 of [N0 / 2, N0 - 2, N0]) {
        const refuted = (look: number, k: number): boolean => {
          const votes: Votes = { counts0: [votes0, N0 - votes0], counts: [k, look - k], v: 1 };
          return outcomesAt([robust], votes, mode, theorem)[0] === "refuted";
        };
        const certain = { predict: 0, radius: Infinity, nA: 0, pALower: 0, pBUpper: undefined };
        const decision = (look: number, k: number) => (refuted(look, k) ? certain : { ...certain, predict: -1 });
        const { everWrong } = exactly({ ...procedureOf(mode, votes0), decision }, p, robust);
        expect(everWrong).toBeLessThanOrEqual(ALPHA);
      }
    }
  });
});

describe("the bounds", () => {
  const settings = { n0: 10, n: 300, alpha: 0.01, stop: RULES[1] } as const;
  const theorem = gaussianAt(SIGMA);
  const lowerOf = (change: Partial<CertifySettings>, counts0 = [9, 1]): number =>
    decide({ counts0, counts: [290, 10], v: 1 }, { ...settings, ...change }, theorem).pALower;

  it("are those of the bet by the selection's votes, each at all of its level", () => {
    expect(lowerOf({ interval: "betting-prior" })).toBe(bettingLower(290, 300, 0.01, { nA: 9, n: 10 }));
    const level = 0.01 / 2 - 2 ** -61;
    const multi = decide(
      { counts0: [9, 1], counts: [290, 10], v: 1 },
      { ...settings, interval: "betting-prior", bound: "multi-class" },
      theorem,
    );
    expect(multi.pALower).toBeCloseTo(bettingLower(290, 300, level, { nA: 9, n: 10 }), 14);
    expect(multi.pBUpper).toBeCloseTo(bettingUpper(10, 300, level, { nA: 1, n: 10 }), 14);
  });

  it("are those of the plain bet without a selection, whatever its votes are filled with", () => {
    const plain = lowerOf({ interval: "betting", n0: 0 });
    expect(lowerOf({ interval: "betting-prior", n0: 0 })).toBe(plain);
    expect(lowerOf({ interval: "betting-prior", n0: 0 }, [])).toBe(plain);
  });
});

describe("three classes, all bounded", () => {
  const MODE: CertifySettings = {
    n0: 6,
    n: 33,
    alpha: 0.2,
    bound: "multi-class",
    interval: "betting-prior",
    stop: { kind: "radii", radii: [0, 0.2] },
  };
  const THEOREM = gaussianAt(SIGMA);

  it("are certified falsely with probability alpha at most, whichever rival the selection favours", () => {
    // Class 0 ties with class 1, so that any certificate is false.
    for (const counts0 of [
      [6, 0, 0],
      [3, 0, 3],
      [3, 3, 0],
      [2, 2, 2],
    ]) {
      const chance = everWrong(MODE, [0.49, 0.49, 0.02], counts0, (votes) => decide(votes, MODE, THEOREM).predict >= 0);
      expect(chance).toBeLessThanOrEqual(MODE.alpha);
      expect(chance).toBeGreaterThan(1e-6);
    }
  });

  it("are bounded each by its own selection: the largest bound is not always of the class with the most votes", () => {
    const settings: CertifySettings = { ...MODE, n0: 40, n: 300, alpha: 0.05 };
    const pBUpper = (counts0: readonly number[]): number =>
      decide({ counts0, counts: [280, 12, 8], v: 1 }, settings, THEOREM).pBUpper as number;
    const upper = (votes: number, votes0: number): number => bettingUpper(votes, 300, 0.05 / 3, { nA: votes0, n: 40 });
    // Class 2 had almost half of the selection, and has fewer votes than class 1 since.
    expect(upper(8, 19)).toBeGreaterThan(upper(12, 1) + 0.05);
    expect(pBUpper([20, 1, 19])).toBeCloseTo(upper(8, 19), 12);
    expect(pBUpper([20, 19, 1])).toBeCloseTo(upper(12, 19), 12);
  });
});
