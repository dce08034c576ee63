import { normalCdf, normalQuantile } from "smoothcert";
import { type CertifySettings, decide, outcomesAt, type StopRule, type Votes } from "smoothcert/certify";
import { describe, expect, it } from "vitest";
import { gaussianAt } from "../../laws/theorem.js";
import { compositions, everWrong, multinomial, type WrongVotes } from "./class-walk.js";

/** `bound: "per-image"`: how often it errs, given what the selection chose, and over all selections. */

const ALPHA = 0.2;
const THEOREM = gaussianAt(1);
const RADII: StopRule = { kind: "radii", radii: [0, 0.2] };
const FIXED: CertifySettings = { n0: 5, n: 20, alpha: ALPHA, bound: "per-image" };
const MODES: [name: string, mode: CertifySettings][] = [
  ["a fixed run", FIXED],
  ["union", { ...FIXED, interval: "union", stop: RADII }],
  ["betting-prior", { ...FIXED, interval: "betting-prior", stop: RADII }],
];

/** Class 0 is the most probable, or ties. The last two make the others' bounds fail as often as they may. */
const CASES: readonly (readonly number[])[] = [
  [0.49, 0.49, 0.02],
  [0.4, 0.3, 0.3],
  [normalCdf(1), 1 - normalCdf(1) - 0.01, 0.01],
  [0.84, 0.08, 0.08],
  [0.5, 0.25, 0.25],
];
const SELECTIONS = [
  [5, 0, 0],
  [4, 1, 0],
  [3, 1, 1],
  [2, 1, 2],
];

const robustRadius = ([pA, ...others]: readonly number[]): number =>
  (normalQuantile(pA) - normalQuantile(Math.max(...others))) / 2;

/** Each state is decided once for all probabilities. */
function falseCertificates(mode: CertifySettings): (p: readonly number[]) => WrongVotes {
  const known = new Map<string, { predict: number; radius: number }>();
  const decided = (votes: Votes): { predict: number; radius: number } => {
    const key = [votes.counts0, votes.counts].join("|");
    const decision = known.get(key) ?? decide(votes, mode, THEOREM);
    known.set(key, decision);
    return decision;
  };
  return (p) => {
    const robust = robustRadius(p);
    return (votes) => {
      const { predict, radius } = decided(votes);
      return predict > 0 || (predict === 0 && radius > robust);
    };
  };
}

describe("the probability of a false certificate by a bound chosen per image, exactly", () => {
  it.each(MODES)("%s: at most alpha, whatever the selection chose and whenever the run stops", (_, mode) => {
    const wrongFor = falseCertificates(mode);
    const chances = CASES.flatMap((p) => SELECTIONS.map((counts0) => everWrong(mode, p, counts0, wrongFor(p))));
    for (const chance of chances) expect(chance).toBeLessThanOrEqual(ALPHA);
    expect(Math.max(...chances)).toBeGreaterThan(mode.interval === "betting-prior" ? ALPHA / 100 : ALPHA / 10);
  });

  it("is at most alpha over all selections of a fixed run, the class included", () => {
    const mode = { ...FIXED, n0: 4 };
    const wrongFor = falseCertificates(mode);
    for (const p of CASES) {
      const all = compositions(mode.n0, p.length).map((counts0) => {
        return multinomial(counts0, p) * everWrong(mode, p, counts0, wrongFor(p));
      });
      const total = all.reduce((sum, chance) => sum + chance, 0);
      expect(total).toBeLessThanOrEqual(ALPHA);
      expect(total).toBeGreaterThan(1e-3);
    }
  });

  it("is at most alpha with two bounds for four classes, of which any may have the largest", () => {
    const mode = { ...FIXED, n: 16 };
    const counts0 = [2, 1, 1, 1];
    expect(decide({ counts0, counts: [16, 0, 0, 0], v: 1 }, mode, THEOREM).pBUpper).toBeDefined();
    const wrongFor = falseCertificates(mode);
    for (const p of [
      [0.4, 0.2, 0.2, 0.2],
      [0.7, 0.1, 0.1, 0.1],
      [0.3, 0.3, 0.2, 0.2],
    ]) {
      const chance = everWrong(mode, p, counts0, wrongFor(p));
      expect(chance).toBeLessThanOrEqual(ALPHA);
      expect(chance).toBeGreaterThan(1e-3);
    }
  });
});

describe("the probability of a false refutation, exactly", () => {
  it.each(MODES.slice(0, 2))("%s: at most alpha, whichever class the selection put second", (_, mode) => {
    for (const p of CASES) {
      for (const counts0 of SELECTIONS) {
        const oneSided = decide({ counts0, counts: [mode.n, 0, 0], v: 1 }, mode, THEOREM).pBUpper === undefined;
        const limit = oneSided ? normalQuantile(p[0]) : robustRadius(p);
        if (limit < 0) continue;
        const refuted: WrongVotes = (votes) => outcomesAt([limit], votes, mode, THEOREM)[0] === "refuted";
        expect(everWrong(mode, p, counts0, refuted)).toBeLessThanOrEqual(ALPHA);
      }
    }
  });
});
