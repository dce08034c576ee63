import { CounterRandom, normalCdf, STREAM } from "smoothcert";
import { ANYTIME_BOUNDS, type CertifySettings, type StopRule } from "smoothcert/certify";
import { describe, expect, it } from "vitest";
import { repetitions, someOf } from "../../laws/effort.js";
import { runSeed } from "../../laws/seed.js";
import { binomialRange } from "../../laws/statistics.js";
import { BY_CLASS } from "../by-class.js";
import { type Exact, exactly, isFalse, type Procedure, procedureOf, SIGMA } from "./procedure.js";

const ALPHA = 0.05;
const RULES: readonly StopRule[] = [
  { kind: "fixed" },
  { kind: "radii", radii: [0, 0.5, 1] },
  { kind: "radii", radii: [0, 0.5, 1], patience: 1 },
  { kind: "precision", precision: 0.1 },
];
const MODES: CertifySettings[] = RULES.flatMap((stop) =>
  ANYTIME_BOUNDS.flatMap((interval) =>
    BY_CLASS.flatMap((bound) => [10, 0].map((n0) => ({ n0, n: 300, alpha: ALPHA, bound, interval, stop }))),
  ),
);
const name = ({ stop, interval, bound, n0 }: CertifySettings): string =>
  `stop ${JSON.stringify(stop)}, ${interval}, ${bound}, n0 = ${n0}`;

/** The worst cases: robust radii that are radii of the rule to the last bit, none at all, and some others. */
const CASES = [0, 0.5, 1, 0.3, 2].map((robust) => ({ p: normalCdf(robust / SIGMA), robust }));

describe("the probability of a false certificate, exactly", () => {
  it.each(MODES.map((mode) => [name(mode), mode] as const))("%s: at most alpha, whatever the rule", (_, mode) => {
    const procedure = procedureOf(mode);
    const exact = CASES.map(({ p, robust }) => exactly(procedure, p, robust));
    for (const { wrong, everWrong } of exact) {
      expect(everWrong).toBeLessThanOrEqual(ALPHA);
      expect(wrong).toBeLessThanOrEqual(everWrong * (1 + 1e-12));
    }
    // Not for want of trying: the bounds give some of it away, not all.
    expect(Math.max(...exact.map(({ everWrong }) => everWrong))).toBeGreaterThan(leastOf(mode));
  });

  it("would be above alpha at Clopper and Pearson's bound for a fixed n, looked at repeatedly", () => {
    const procedure = procedureOf({ n0: 10, n: 300, alpha: ALPHA, interval: "union", stop: RULES[1] });
    const careless = { ...procedure, decision: naive(procedure) };
    expect(exactly(careless, 0.5, 0).everWrong).toBeGreaterThan(2 * ALPHA);
  });
});

/** What the bounds use of alpha at least. A bet that counts for all n and is looked at once uses little. */
function leastOf({ interval, stop }: CertifySettings): number {
  if (interval === "union") return 0.005;
  return stop?.kind === "fixed" ? 5e-5 : 0.002;
}

/** The certificates of runs that end at the look by plan. */
function naive({ looks }: Procedure): Procedure["decision"] {
  const fixed = new Map(looks.map((n) => [n, procedureOf({ n0: 10, n, alpha: ALPHA })]));
  return (look, votes) => (fixed.get(look) as Procedure).decision(look, votes);
}

describe("simulated runs", () => {
  const RUNS = repetitions(20_000);
  const modes = MODES.filter(({ bound, n0, stop }) => bound === "one-sided" && n0 > 0 && stop?.kind !== "fixed");

  it.each(someOf(modes).map((mode) => [name(mode), mode] as const))(
    `%s: ${RUNS} fail as often as the exact law says`,
    (_, mode) => {
      const procedure = procedureOf(mode);
      for (const [example, { p, robust }] of CASES.slice(0, 3).entries()) {
        const random = new CounterRandom({ seed: runSeed, stream: STREAM.theory, example, sample: 0 });
        let [failures, samples] = [0, 0];
        for (let run = 0; run < RUNS; run++) {
          const { look, votes } = simulate(procedure, p, random);
          samples += look;
          if (isFalse(procedure.decision(look, votes), robust)) failures += 1;
        }
        const exact: Exact = exactly(procedure, p, robust);
        // Each assertion fails by chance with probability 1e-8 at most.
        expect(failures).toBeLessThanOrEqual(binomialRange(RUNS, ALPHA).most);
        expect(failures).toBeLessThanOrEqual(binomialRange(RUNS, exact.wrong).most);
        expect(failures).toBeGreaterThanOrEqual(binomialRange(RUNS, exact.wrong).least);
        // Hoeffding: a mean of values in [0, 300] is off by 300 sqrt(ln(2e8) / (2 RUNS)) with probability 1e-8 at most.
        expect(Math.abs(samples / RUNS - exact.samples)).toBeLessThan(300 * Math.sqrt(Math.log(2e8) / (2 * RUNS)));
      }
    },
  );
});

function simulate({ looks, ends }: Procedure, p: number, random: CounterRandom): { look: number; votes: number } {
  let [done, votes] = [0, 0];
  for (const look of looks) {
    for (; done < look; done++) if (random.uniform() < p) votes += 1;
    if (ends(look, votes)) break;
  }
  return { look: done, votes };
}
