import fc from "fast-check";
import { nextDown, nextUp } from "smoothcert";
import {
  ArgumentError,
  type CertifySettings,
  clopperPearsonLower,
  clopperPearsonUpper,
  type Decision,
  decide,
  largestRadius,
  outcomesAt,
  requireCertifiable,
  votesIn,
} from "smoothcert/certify";
import { describe, expect, it } from "vitest";
import { gaussianAt } from "../../laws/theorem.js";

/** `bound: "per-image"`: one-sided, or two bounds at half of alpha each, as the votes of the selection promise. */

const THEOREM = gaussianAt(0.5);
const ALPHA = 0.01;

interface Case {
  readonly counts0: readonly number[];
  readonly counts: readonly number[];
}

/** Votes of two to seven classes, class 0 selected, and others of an estimation with as many samples. */
const someVotes: fc.Arbitrary<Case & { readonly again: readonly number[] }> = fc
  .integer({ min: 2, max: 7 })
  .chain((classes) => {
    const votes = (max: number): fc.Arbitrary<number[]> =>
      fc.array(fc.oneof(fc.constant(0), fc.integer({ min: 0, max })), { minLength: classes, maxLength: classes });
    return fc.record({ counts0: votes(9), counts: votes(400), again: votes(400) });
  })
  .map(({ counts0, counts, again }) => {
    const most = Math.max(...counts0, 1);
    const n = Math.max(votesIn(counts), votesIn(again)) + 1;
    const filled = (given: number[]): number[] => [given[0] + n - votesIn(given), ...given.slice(1)];
    return { counts0: [most, ...counts0.slice(1)], counts: filled(counts), again: filled(again) };
  });

function settingsFor({ counts0, counts }: Case, bound: CertifySettings["bound"] = "per-image"): CertifySettings {
  return { n0: votesIn(counts0), n: votesIn(counts), alpha: ALPHA, bound };
}

const of = (each: Case, bound?: CertifySettings["bound"], theorem = THEOREM): Decision =>
  decide({ ...each, v: 1 }, settingsFor(each, bound), theorem);

/** The certificate of A's lower bound and the largest of the others' upper bounds, each at half of alpha. */
function twoBounds({ counts }: Case): Decision {
  const [nA, ...others] = counts;
  const n = votesIn(counts);
  const level = nextDown(ALPHA / 2);
  const pALower = clopperPearsonLower(nA, n, level);
  const complement = pALower >= 0.5 ? 1 - pALower : Math.min(1, nextUp(1 - pALower));
  const pBUpper = Math.min(clopperPearsonUpper(Math.max(...others), n, level), complement);
  const certified = pALower > pBUpper;
  const radius = certified ? THEOREM.radius(pALower, pBUpper) : 0;
  return { predict: certified ? 0 : -1, radius, nA, pALower, pBUpper };
}

describe("a bound chosen per image", () => {
  it("is one-sided at alpha, or two bounds at half of alpha each", () => {
    const seen = new Set<boolean>();
    fc.assert(
      fc.property(someVotes, (each) => {
        const decision = of(each);
        seen.add(decision.pBUpper === undefined);
        expect(decision).toEqual(decision.pBUpper === undefined ? of(each, "one-sided") : twoBounds(each));
      }),
      { numRuns: 300 },
    );
    expect(seen.size).toBe(2);
  });

  it("is chosen by the selection: no votes of the estimation change it", () => {
    fc.assert(
      fc.property(someVotes, ({ again, ...each }) => {
        const bounded = ({ pBUpper }: Decision): boolean => pBUpper !== undefined;
        expect(bounded(of({ ...each, counts: again }))).toBe(bounded(of(each)));
      }),
    );
  });

  it("is the better of the two where the estimation keeps what the selection promised", () => {
    const seen = new Set<boolean>();
    const selection = fc.record({
      nA: fc.integer({ min: 1, max: 60 }),
      others: fc.oneof(
        fc.array(fc.integer({ min: 0, max: 12 }), { minLength: 2, maxLength: 6 }),
        fc.tuple(fc.integer({ min: 0, max: 12 }), fc.constant(0)),
        fc.constant([0, 0]),
      ),
      samples: fc.integer({ min: 1, max: 9 }),
    });
    fc.assert(
      fc.property(selection, ({ nA, others, samples }) => {
        const [b, m] = [Math.max(...others), votesIn(others)];
        fc.pre(nA >= b);
        const counts0 = [nA, ...others];
        // (b + 1/2) / (m + 1) of the others' share are a whole number of votes; the rest goes to classes in turn.
        const promised = samples * m * (2 * b + 1);
        let left = samples * m * (2 * (m - b) + 1);
        const rest = others.slice(1).map(() => {
          const votes = Math.min(left, promised);
          left -= votes;
          return votes;
        });
        fc.pre(left === 0);
        const each = { counts0, counts: [samples * 2 * (m + 1) * nA, promised, ...rest] };
        const better = Math.max(of(each, "one-sided").radius, twoBounds(each).radius);
        expect(of(each).radius).toBe(better);
        if (better > 0) seen.add(of(each).pBUpper === undefined);
      }),
      { numRuns: 300 },
    );
    expect(seen.size).toBe(2);
  });

  it("is one-sided for two classes, and where the selection is unanimous", () => {
    fc.assert(
      fc.property(someVotes, (each) => {
        const pair = { counts0: each.counts0.slice(0, 2), counts: each.counts.slice(0, 2) };
        expect(of(pair)).toEqual(of(pair, "one-sided"));
        const clear = { ...each, counts0: each.counts0.map((votes, c) => (c === 0 ? votes : 0)) };
        expect(of(clear)).toEqual(of(clear, "one-sided"));
      }),
    );
    const settings = { n0: 10, n: 500, alpha: ALPHA } as const;
    expect(largestRadius({ ...settings, bound: "per-image" }, 10, THEOREM)).toBe(largestRadius(settings, 10, THEOREM));
  });

  it("with two bounds proves no less than a bound for every class at alpha over their number", () => {
    fc.assert(
      fc.property(someVotes, (each) => {
        const [two, all] = [of(each), of(each, "multi-class")];
        fc.pre(two.pBUpper !== undefined);
        expect(two.pALower).toBeGreaterThanOrEqual(all.pALower);
        expect(two.pBUpper).toBeLessThanOrEqual(all.pBUpper as number);
        expect(two.radius).toBeGreaterThanOrEqual(all.radius);
      }),
    );
  });

  it("certifies a class below 1/2, by far more than the selection cost", () => {
    const each = { counts0: [40, ...new Array(12).fill(5)], counts: [400, ...new Array(12).fill(50)] };
    expect(of(each, "one-sided").radius).toBe(0);
    expect(of(each).radius).toBeGreaterThan(of(each, "multi-class").radius + 0.01);
  });

  it("needs a selection, and without one bounds every class at alpha over their number, as one-sided does", () => {
    const settings = { n0: 0, n: 500, alpha: ALPHA, bound: "per-image" } as const;
    expect(() => requireCertifiable(settings, 10)).toThrow(ArgumentError);
    expect(() => requireCertifiable(settings, 10)).toThrow(
      "certify: n0 must be at least 1 where bound is per-image, which is chosen by its votes, got 0",
    );
    const votes = { counts0: [0, 0, 0], counts: [450, 30, 20], v: 1 };
    expect(decide(votes, settings, THEOREM)).toEqual(decide(votes, { ...settings, bound: "one-sided" }, THEOREM));
  });
});

describe("what is refuted", () => {
  it("rests on the class that the selection put second, not on the one with the most votes since", () => {
    const votes = { counts0: [30, 12, 8], counts: [300, 20, 180], v: 1 };
    const settings = { n0: 50, n: 500, alpha: ALPHA, bound: "per-image" } as const;
    const level = nextDown(ALPHA / 2);
    const pAUpper = clopperPearsonUpper(300, 500, level);
    const limitBy = (rival: number): number => THEOREM.radiusLimit(pAUpper, clopperPearsonLower(rival, 500, level));
    const [second, most] = [limitBy(20), limitBy(180)];
    expect(most).toBeLessThan(second - 0.1);
    const radii = [nextUp(most), second, nextUp(second)];
    expect(outcomesAt(radii, votes, settings, THEOREM)).toEqual(["undecided", "undecided", "refuted"]);
  });
});
