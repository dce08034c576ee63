import { existsSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { ArgumentError, normalQuantile } from "smoothcert";
import {
  auditForeignLog,
  clopperPearsonLower,
  type ForeignAudit,
  inferPrinting,
  type LatticeSettings,
  type LogRow,
  type Printing,
  parseLog,
} from "smoothcert/certify";
import { describe, expect, it } from "vitest";
import { logChanceOfHits } from "../../../certify/audit/chance.js";
import { Lattice } from "../../../certify/audit/lattice.js";
import { printedInterval } from "../../../certify/audit/printing.js";
import { foreignReportJson, foreignReportText } from "../../../cli/audit-foreign.js";
import { repetitions } from "../../laws/effort.js";

const THREE: Printing = { kind: "significant", digits: 3 };

/** As Python's `{:.3}` and `{:.3f}` print, read back. */
const printed = (radius: number, { kind, digits }: Printing): number =>
  Number(kind === "significant" ? radius.toPrecision(digits) : radius.toFixed(digits));

/** What CERTIFY returns for k votes against the class, unrounded. */
function radiusOf(k: number, { sigma, n, alpha }: LatticeSettings): number {
  return sigma * normalQuantile(clopperPearsonLower(n - k, n, alpha));
}

const rowOf = (idx: number, radius: number): LogRow => ({ idx, label: 1, predict: 1, radius, correct: true });
const ABSTAINED: LogRow = { idx: 9999, label: 1, predict: -1, radius: 0, correct: false };

/** The log of points that got these numbers of votes against them. */
const logOf = (votesAgainst: readonly number[], settings: LatticeSettings, printing = THREE): LogRow[] =>
  votesAgainst.map((k, i) => rowOf(i, printed(radiusOf(k, settings), printing)));

/** The votes of many points: the top of the lattice, then ever further apart. */
const spread = (n: number): number[] => [
  ...Array.from({ length: 60 }, (_, k) => k),
  ...Array.from({ length: 40 }, (_, i) => Math.floor(60 + (0.45 * n - 60) * (i / 40) ** 2)),
];

const fitOf = (audit: ForeignAudit, n: number, alpha: number): ForeignAudit["fits"][number] => {
  const fit = audit.fits.find(({ settings }) => settings.n === n && settings.alpha === alpha);
  if (fit === undefined) throw new Error(`no candidate n = ${n}, alpha = ${alpha}`);
  return fit;
};

describe("printedInterval", () => {
  const anyPrinting = fc.record({
    kind: fc.constantFrom("significant" as const, "decimals" as const),
    digits: fc.integer({ min: 1, max: 8 }),
  });

  it("holds every value that prints so, and no other", () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-6, max: 50, noNaN: true }), anyPrinting, (value, printing) => {
        const { lower, upper } = printedInterval(printed(value, printing), printing);
        expect(lower).toBeLessThanOrEqual(value);
        expect(upper).toBeGreaterThanOrEqual(value);
        for (const outside of [lower * (1 - 1e-6), upper * (1 + 1e-6)]) {
          if (outside > 0) expect(printed(outside, printing)).not.toBe(printed(value, printing));
        }
      }),
    );
  });

  it.each([
    [0.953, 0.9525, 0.9535],
    [0.5, 0.4995, 0.5005],
    [1, 0.9995, 1.005],
    [12.3, 12.25, 12.35],
  ])("is to Python's {:.3} as %d is to [%d, %d]", (radius, lower, upper) => {
    const interval = printedInterval(radius, THREE);
    expect(interval.lower).toBeCloseTo(lower, 7);
    expect(interval.upper).toBeCloseTo(upper, 7);
  });
});

describe("inferPrinting", () => {
  const radii = Array.from({ length: 200 }, (_, i) => 0.0123456789 * 1.03 ** i);

  it.each<Printing>([
    THREE,
    { kind: "significant", digits: 5 },
    { kind: "decimals", digits: 3 },
    { kind: "decimals", digits: 6 },
  ])("finds $digits digits, $kind", (printing) => {
    expect(inferPrinting([0, ...radii.map((radius) => printed(radius, printing))])).toEqual(printing);
  });

  it("takes a log without a radius for anything", () => {
    expect(inferPrinting([0, 0])).toEqual({ kind: "significant", digits: 1 });
  });
});

describe("Lattice", () => {
  // SciPy 1.x: norm.ppf(beta.ppf(alpha, n - k, k + 1))
  it.each([
    [1000, 0.001, 0, 2.4632626147808114],
    [1000, 0.001, 37, 1.561208306186205],
    [100_000, 0.01, 0, 3.910510429688605],
    [100_000, 0.01, 5, 3.650079610183182],
    [100_000, 0.001, 20_000, 0.8276515631408143],
  ])("n = %d, alpha = %d: point %d is %d", (n, alpha, k, expected) => {
    expect(new Lattice(n, alpha).point(k) / expected).toBeCloseTo(1, 9);
  });

  const anyAlpha = fc.constantFrom(0.5, 0.05, 0.001, 1e-6);

  it("ends where pALower falls to 1/2", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3000 }), anyAlpha, (n, alpha) => {
        const { length } = new Lattice(n, alpha);
        if (length > 0) expect(clopperPearsonLower(n - length + 1, n, alpha)).toBeGreaterThan(0.5);
        expect(clopperPearsonLower(n - length, n, alpha)).toBeLessThanOrEqual(0.5);
      }),
    );
  });

  it("counts the points above z", () => {
    const anyZ = fc.double({ min: -0.1, max: 5.5, noNaN: true });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2_000_000 }), anyAlpha, anyZ, (n, alpha, z) => {
        const lattice = new Lattice(n, alpha);
        const count = lattice.countAbove(z);
        if (count > 0) expect(lattice.point(count - 1)).toBeGreaterThan(z);
        if (count < lattice.length) expect(lattice.point(count)).toBeLessThanOrEqual(z);
        expect(count).toBeLessThanOrEqual(lattice.length);
      }),
    );
  });
});

describe("logChanceOfHits", () => {
  /** P[at least `hits`] by adding up the whole distribution. */
  function exactChance(chances: readonly number[], hits: number): number {
    let distribution = [1];
    for (const chance of chances) {
      const before = [...distribution, 0];
      distribution = before.map((p, h) => p * (1 - chance) + (h > 0 ? before[h - 1] * chance : 0));
    }
    return distribution.slice(hits).reduce((sum, p) => sum + p, 0);
  }

  it("is never below the logarithm of the chance, and not far above it", () => {
    const anyChances = fc.array(fc.double({ min: 1e-6, max: 1, noNaN: true }), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(anyChances, fc.double({ min: 0, max: 1, noNaN: true }), (chances, part) => {
        const hits = Math.round(part * chances.length);
        const exact = Math.log10(exactChance(chances, hits));
        const bound = logChanceOfHits(chances, hits);
        expect(bound).toBeGreaterThanOrEqual(exact - 1e-9);
        expect(bound).toBeLessThan(exact + 2);
        if (hits === chances.length) expect(bound).toBeCloseTo(exact, 9);
      }),
    );
  });

  it("is 0 for hits that were to be expected, and passes over what can't hit", () => {
    expect(logChanceOfHits([0.5, 0.5], 1)).toBe(0);
    expect(logChanceOfHits([0.1, 0, 0.1], 2)).toBeCloseTo(-2, 12);
  });
});

describe("auditForeignLog, of logs with known settings", () => {
  const SETTINGS: LatticeSettings[] = [
    { sigma: 0.25, n: 100_000, alpha: 0.001 },
    { sigma: 0.25, n: 100_000, alpha: 0.01 },
    { sigma: 0.12, n: 10_000, alpha: 0.005 },
    { sigma: 0.25, n: 10_000, alpha: 0.001 },
    { sigma: 1, n: 1000, alpha: 0.05 },
  ];

  it.each(SETTINGS)("names sigma $sigma, n = $n, alpha = $alpha from three digits, and no other", (settings) => {
    const audit = auditForeignLog(logOf(spread(settings.n), settings), { sigma: settings.sigma });
    expect(audit.printing).toEqual(THREE);
    expect(audit.settings).toEqual({ ...settings, origin: "fitted" });
    expect(audit.fits.filter(({ verdict }) => verdict === "fits")).toHaveLength(1);
    expect(audit.ceilings[0]).toMatchObject({ settings, above: [] });
    expect(audit.rounding?.offLattice).toEqual([]);
  });

  it("finds sigma too, and an unusual alpha or sigma that the largest radius shows", () => {
    const unusualAlpha = { sigma: 0.25, n: 10_000, alpha: 0.003 };
    const unusualSigma = { sigma: 0.3, n: 10_000, alpha: 0.01 };
    for (const settings of [unusualAlpha, unusualSigma]) {
      const audit = auditForeignLog(logOf(spread(settings.n), settings));
      expect(audit.settings).toEqual({ ...settings, origin: "fitted" });
    }
  });

  it("names them from full precision, with a chance beyond doubt", () => {
    const settings = { sigma: 0.5, n: 100_000, alpha: 0.003 };
    const rows = logOf(spread(settings.n), settings, { kind: "significant", digits: 17 });
    const audit = auditForeignLog(rows);
    expect(audit.settings).toEqual({ ...settings, origin: "fitted" });
    expect(audit.fits[0].logChance).toBeLessThan(-100);
    expect(audit.fits[1].verdict).toBe("does not fit");
    expect(audit.rounding).toEqual({ above: [], mayBeAbove: [], notAbove: 100, offLattice: [] });
  });

  const anyLog = fc
    .record({
      sigma: fc.constantFrom(0.12, 0.25, 0.5, 1),
      n: fc.constantFrom(100, 1000, 10_000, 100_000),
      alpha: fc.constantFrom(0.05, 0.01, 0.001),
      printing: fc.record({
        kind: fc.constantFrom("significant" as const, "decimals" as const),
        digits: fc.integer({ min: 2, max: 6 }),
      }),
    })
    .chain(({ printing, ...settings }) =>
      fc.record({
        settings: fc.constant(settings),
        printing: fc.constant(printing),
        votesAgainst: fc.array(
          fc.double({ min: 0, max: 1, noNaN: true }).map((u) => Math.floor(0.3 * settings.n * u ** 4)),
          { minLength: 1, maxLength: 60 },
        ),
      }),
    );

  it("never refutes the true settings", () => {
    fc.assert(
      fc.property(anyLog, ({ settings, printing, votesAgainst }) => {
        const rows = logOf(votesAgainst, settings, printing);
        const { fits } = auditForeignLog(rows, { sigma: settings.sigma, printing });
        if (fits.length === 0) return;
        const fit = fits.find((one) => one.settings.n === settings.n && one.settings.alpha === settings.alpha);
        expect(fit).toMatchObject({ hits: fit?.rows });
        expect(fit?.verdict).not.toBe("does not fit");
      }),
      { numRuns: repetitions(15) },
    );
  });

  it("derives no radius above what the true count certifies, and names only rows that are printed above theirs", () => {
    fc.assert(
      fc.property(anyLog, fc.constantFrom(0.05, 0.001, 1e-6), ({ settings, printing, votesAgainst }, commonAlpha) => {
        const rows = logOf(votesAgainst, settings, printing);
        const audit = auditForeignLog(rows, { ...settings, printing, commonAlpha });
        // With sigma, n and alpha stated, other settings are taken only if the radii fit them better.
        fc.pre(audit.settings?.n === settings.n && audit.settings.alpha === settings.alpha);
        const truth = votesAgainst.map((k) => radiusOf(k, { ...settings, alpha: commonAlpha }));
        audit.recertified?.rows.forEach(({ radius, n, nA }, i) => {
          expect(radius).toBeLessThanOrEqual(Math.max(0, truth[i]));
          if (nA !== undefined) expect([n, nA <= settings.n - votesAgainst[i]]).toEqual([settings.n, true]);
        });
        for (const { idx, radius, largest } of audit.rounding?.above ?? []) {
          expect(radius).toBeGreaterThan(radiusOf(votesAgainst[idx], settings));
          expect(largest).toBeGreaterThan(radiusOf(votesAgainst[idx], settings) * (1 - 1e-9));
        }
        const { above = [], mayBeAbove = [], notAbove, offLattice } = audit.rounding ?? {};
        expect(offLattice).toEqual(rows.filter(({ radius }) => radius === 0 && printing.kind === "significant"));
        expect(above.length + mayBeAbove.length + (notAbove ?? 0)).toBe(rows.length);
        const named = new Set([...above, ...mayBeAbove].map(({ idx }) => idx));
        rows.forEach(({ idx, radius }, i) => {
          const isAbove = radius > radiusOf(votesAgainst[i], settings) * (1 + 1e-8);
          if (isAbove) expect(named).toContain(idx);
        });
      }),
      { numRuns: repetitions(25) },
    );
  });

  it("abstains where the common alpha proves no majority", () => {
    const settings = { sigma: 0.25, n: 1000, alpha: 0.05 };
    const votesAgainst = [...Array.from({ length: 60 }, (_, k) => k), 470];
    const { recertified } = auditForeignLog([...logOf(votesAgainst, settings), ABSTAINED], { sigma: 0.25 });
    expect(recertified?.becameAbstentions).toEqual([{ idx: 60, radius: expect.any(Number) }]);
    expect(recertified?.rows[60]).toMatchObject({ predict: -1, correct: false, radius: 0, nA: 530, n: 1000 });
    expect(recertified?.rows[60].pALower).toBeLessThanOrEqual(0.5);
    expect(recertified?.rows[61]).toEqual(ABSTAINED);
    expect([recertified?.printed.abstentions, recertified?.corrected.abstentions]).toEqual([1, 2]);
  });
});

describe("auditForeignLog, of candidates beside the truth", () => {
  const settings = { sigma: 0.25, n: 100_000, alpha: 0.01 };
  const rows = logOf(
    Array.from({ length: 60 }, (_, k) => k),
    settings,
  );

  it("refutes one that misses a few radii where another misses none", () => {
    const audit = auditForeignLog(rows, { sigma: 0.25, alpha: 0.01003 });
    expect(fitOf(audit, 100_000, 0.01)).toMatchObject({ rows: 60, hits: 60, verdict: "fits" });
    const beside = fitOf(audit, 100_000, 0.01003);
    expect(beside).toMatchObject({ rows: 60, hits: 58, verdict: "does not fit" });
    expect(beside.logChance).toBeLessThan(-10);
  });

  it.each([0.009999, 0.01001])("goes by alpha = %d where it is stated and fits as well as 0.01", (alpha) => {
    const audit = auditForeignLog(rows, { sigma: 0.25, n: 100_000, alpha });
    expect(audit.fits.filter(({ verdict }) => verdict === "fits")).toHaveLength(2);
    expect(audit.settings).toEqual({ ...settings, alpha, origin: "fitted" });
    expect(foreignReportText("a.tsv", audit)).toContain(`alpha = ${alpha}, and 1 other candidate`);
  });

  it("takes the largest radius for no evidence where it suggested the settings", () => {
    const { fits } = auditForeignLog(logOf([0], { ...settings, alpha: 0.003 }), { sigma: 0.25 });
    const suggested = fits.find(({ settings: { n, alpha } }) => n === 100_000 && alpha === 0.003);
    expect(suggested).toMatchObject({ fromLargest: true, hits: 1, rows: 1, logChance: 0, verdict: "cannot be told" });
    expect(suggested?.hitsByChance).toBeLessThan(0.1);
  });
});

describe("auditForeignLog, of logs that were changed", () => {
  const settings = { sigma: 0.25, n: 100_000, alpha: 0.001 };
  const rows = logOf(spread(settings.n), settings);

  it("names a row above the ceiling, and leaves it out of the corrected curve", () => {
    const audit = auditForeignLog([...rows, rowOf(500, 0.961)], { sigma: 0.25, radii: [0.95] });
    expect(audit.settings).toEqual({ ...settings, origin: "fitted" });
    expect(audit.largest).toEqual({ idx: 500, radius: 0.961 });
    expect(audit.ceilings).toHaveLength(1);
    expect(audit.ceilings[0]).toMatchObject({ settings, above: [{ idx: 500, radius: 0.961 }] });
    expect(audit.ceilings[0].ceiling).toBeCloseTo(0.952864, 6);
    expect(audit.ceilings[0].alphaNeeded).toBeGreaterThan(0.001);
    expect(audit.rounding?.offLattice).toEqual([{ idx: 500, radius: 0.961 }]);
    expect(audit.recertified?.notDerivable).toEqual([{ idx: 500, radius: 0.961 }]);
    expect(audit.recertified?.printed.radii[0].count).toBe(2);
    expect(audit.recertified?.corrected.radii[0].count).toBe(1);
  });

  it("names a row between lattice points", () => {
    const [first, second] = rows;
    const between = (first.radius + second.radius) / 2;
    const tampered = [first, { ...second, radius: printed(between, THREE) }, ...rows.slice(2)];
    const audit = auditForeignLog(tampered, { sigma: 0.25 });
    expect(audit.rounding?.offLattice.map(({ idx }) => idx)).toEqual([1]);
  });

  it("holds every row against the settings stated, and their ceiling", () => {
    const audit = auditForeignLog(rows, { sigma: 0.25, n: 100_000, alpha: 0.0002 });
    expect(fitOf(audit, 100_000, 0.0002).verdict).toBe("does not fit");
    expect(audit.settings).toEqual({ ...settings, origin: "fitted" });
    expect(audit.ceilings.map((test) => test.settings.alpha)).toEqual([0.001, 0.0002]);
    expect(audit.ceilings[1].above).toContainEqual({ idx: 0, radius: 0.953 });
    expect(audit.ceilings[1].alphaNeeded).toBeGreaterThan(0.0009);
    expect(audit.ceilings[1].alphaNeeded).toBeLessThanOrEqual(0.001);
  });
});

describe("auditForeignLog, of logs that say little", () => {
  it("has nothing to hold against anything where no radius is above 0", () => {
    const audit = auditForeignLog([ABSTAINED]);
    expect(audit).toMatchObject({ points: 1, abstentions: 1, certified: 0, fits: [], ceilings: [] });
    expect([audit.largest, audit.settings, audit.rounding, audit.recertified]).toEqual(Array(4).fill(undefined));
    expect(foreignReportText("a.tsv", audit)).toMatch(/no row certifies a radius above 0: nothing to audit$/);
  });

  it("can't tell from two rows, unless the settings are stated", () => {
    const settings = { sigma: 0.25, n: 100_000, alpha: 0.001 };
    const rows = logOf([20_000, 30_000], settings);
    const unknown = auditForeignLog(rows, { sigma: 0.25 });
    expect(unknown.settings).toBeUndefined();
    expect(fitOf(unknown, 100_000, 0.001).verdict).toBe("cannot be told");
    expect(foreignReportText("a.tsv", unknown)).toContain(
      "no candidate fits beyond chance; if they are stated, add --n, --alpha",
    );
    const stated = auditForeignLog(rows, settings);
    expect(stated.settings).toEqual({ ...settings, origin: "stated" });
    expect(foreignReportText("a.tsv", stated)).toContain(
      "assumed as stated, since the radii neither confirm nor refute it: sigma 0.25, n = 100000, alpha = 0.001",
    );
  });

  it("takes the only usual alpha that few coarse radii leave at the n stated", () => {
    const settings = { sigma: 0.5, n: 100_000, alpha: 0.01 };
    const rows = logOf([0, 1, 2, 3, 4, 9000], settings);
    expect(auditForeignLog(rows, { sigma: 0.5 }).settings).toBeUndefined();
    const audit = auditForeignLog(rows, { sigma: 0.5, n: 100_000, alpha: 0.001 });
    expect(audit.settings).toEqual({ ...settings, origin: "eliminated" });
    expect(fitOf(audit, 100_000, 0.001).verdict).toBe("does not fit");
    expect(foreignReportText("a.tsv", audit)).toContain(
      "assumed: sigma 0.5, n = 100000, alpha = 0.01, the only usual alpha at this sigma and n",
    );
  });

  it("fits nothing to radii that are not CERTIFY's", () => {
    const rows = Array.from({ length: 100 }, (_, i) => rowOf(i, 0.9 * Math.abs(Math.sin(i + 1))));
    const unknown = auditForeignLog(rows);
    expect(unknown.fits.every(({ verdict }) => verdict === "does not fit")).toBe(true);
    expect(unknown.settings).toBeUndefined();
    expect(foreignReportText("a.tsv", unknown)).toContain("no candidate fits; if they are stated, add --sigma");
    const stated = auditForeignLog(rows, { sigma: 0.25, n: 100_000, alpha: 0.001 });
    expect(stated.settings).toBeUndefined();
    expect(stated.ceilings).toHaveLength(1);
    expect(foreignReportText("a.tsv", stated)).toContain(
      "no candidate fits, and the stated settings do not fit. The radii were",
    );
  });

  it("refutes settings that certify nothing at all", () => {
    const audit = auditForeignLog([rowOf(0, 0.3)], { sigma: 0.25, n: 5, alpha: 0.001 });
    expect(fitOf(audit, 5, 0.001)).toMatchObject({ verdict: "does not fit", rows: 1, hits: 0 });
    expect(audit.ceilings[0]).toMatchObject({ ceiling: 0, above: [{ idx: 0, radius: 0.3 }] });
  });

  it("takes a class certified at radius 0 for a small radius, or for none, by the way of printing", () => {
    const votesAgainst = Array.from({ length: 30 }, (_, k) => k);
    const rows = logOf(votesAgainst, { sigma: 0.25, n: 100, alpha: 0.001 }, { kind: "decimals", digits: 3 });
    const small = [...rows, rowOf(500, 0)];
    const decimals = auditForeignLog(small, { sigma: 0.25, printing: { kind: "decimals", digits: 3 } });
    expect(decimals.settings).toMatchObject({ n: 100, alpha: 0.001 });
    expect(decimals.recertified?.notDerivable).toEqual([{ idx: 500, radius: 0 }]);
    const finer = auditForeignLog([rowOf(0, 0)].concat(logOf([3000], { sigma: 0.25, n: 10_000, alpha: 0.001 })), {
      sigma: 0.25,
      n: 10_000,
      alpha: 0.001,
      printing: { kind: "decimals", digits: 3 },
    });
    expect(finer.recertified?.notDerivable).toEqual([]);
    expect(finer.recertified?.rows[0]).toMatchObject({ predict: 1, n: 10_000 });
    expect(finer.recertified?.rows[0].radius).toBeGreaterThan(0);
  });
});

describe("auditForeignLog refuses", () => {
  const rows = [rowOf(0, 0.5)];

  it.each([
    ["no rows", [], {}, "rows", "auditForeignLog: rows must be at least one row"],
    ["sigma", rows, { sigma: 0 }, "sigma", "auditForeignLog: sigma must be finite and above 0, got 0"],
    ["n", rows, { n: 0.5 }, "n", "auditForeignLog: n must be an integer in [1, 1073741824], got 0.5"],
    ["alpha", rows, { alpha: 0.6 }, "alpha", "auditForeignLog: alpha must be in (0, 1/2], got 0.6"],
    ["commonAlpha", rows, { commonAlpha: 0 }, "commonAlpha", "auditForeignLog: commonAlpha must be in (0, 1/2], got 0"],
    [
      "digits",
      rows,
      { printing: { kind: "significant", digits: 0 } as Printing },
      "printing.digits",
      "auditForeignLog: printing.digits must be an integer in [1, 17], got 0",
    ],
    [
      "kind",
      rows,
      { printing: { kind: "words" as "decimals", digits: 3 } },
      "printing.kind",
      'auditForeignLog: printing.kind must be significant or decimals, got "words"',
    ],
  ])("%s out of range", (_, someRows, options, argument, message) => {
    let thrown: unknown;
    try {
      auditForeignLog(someRows, options);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(ArgumentError);
    expect((thrown as ArgumentError).argument).toBe(argument);
    expect((thrown as ArgumentError).message).toContain(message);
  });
});

const published = new URL(
  "../../../../shared/data/cohen2019/cifar10_resnet110_noise0.25_sigma0.25.tsv",
  import.meta.url,
);

describe.skipIf(!existsSync(published))("a log of Cohen et al. 2019 (skipped without ../shared/data/cohen2019)", () => {
  const { rows } = parseLog(existsSync(published) ? readFileSync(published, "utf8") : "", "cohen2019", {
    allowEmpty: true,
  });
  const STATED = { sigma: 0.25, n: 100_000, alpha: 0.001 };

  it("fits alpha = 0.01 and not the 0.001 that is stated", () => {
    const audit = auditForeignLog(rows, STATED);
    expect(audit.settings).toEqual({ sigma: 0.25, n: 100_000, alpha: 0.01, origin: "fitted" });
    expect(audit.fits.filter(({ verdict }) => verdict === "fits")).toHaveLength(1);
    expect(fitOf(audit, 100_000, 0.01)).toMatchObject({ rows: 119, hits: 119, values: 24, valueHits: 24 });
    expect(fitOf(audit, 100_000, 0.001)).toMatchObject({ rows: 121, hits: 14, verdict: "does not fit" });
    expect(audit.ceilings.map(({ above }) => above.length)).toEqual([0, 77]);
    expect(audit.rounding?.above).toHaveLength(87);
    expect(audit.rounding?.offLattice).toEqual([]);
  });

  // SciPy: of the radii of at least 0.84, the lattice of alpha 0.01 prints to 108, that of 0.001 to 6.
  it("has its 108 largest radii on the lattice of 0.01, 6 on that of 0.001, 74 at n = 150000 and 0.001", () => {
    const top = rows.map((row) => (row.radius >= 0.84 ? row : ABSTAINED)).map((row, idx) => ({ ...row, idx }));
    const audit = auditForeignLog(top, STATED);
    expect(fitOf(audit, 100_000, 0.01)).toMatchObject({ rows: 108, hits: 108, verdict: "fits" });
    expect(fitOf(audit, 100_000, 0.001)).toMatchObject({ rows: 108, hits: 6, verdict: "does not fit" });
    expect(fitOf(audit, 150_000, 0.001)).toMatchObject({ rows: 108, hits: 74, verdict: "does not fit" });
  });

  it("certifies less at alpha = 0.001", () => {
    const { recertified } = auditForeignLog(rows, { sigma: 0.25, radii: [0, 0.5, 0.75, 0.9] });
    expect(recertified?.printed.radii.map(({ accuracy }) => accuracy)).toEqual([0.748, 0.428, 0.266, 0.18]);
    expect(recertified?.corrected.radii.map(({ accuracy }) => accuracy)).toEqual([0.748, 0.428, 0.258, 0.176]);
  });

  it("is reported in some 25 lines, and as JSON", () => {
    const audit = auditForeignLog(rows, { ...STATED, radii: [0.75, 0.9] });
    const text = foreignReportText("cohen.tsv", audit);
    expect(text.split("\n").length).toBeLessThan(26);
    expect(text).toMatch(/sigma 0\.25, n = 100000, alpha = 0\.01 +119\/119 .* fits\n/);
    expect(text).toMatch(/sigma 0\.25, n = 100000, alpha = 0\.001 +14\/121 .* does not fit\n/);
    expect(text).toContain("the radii fit sigma 0.25, n = 100000, alpha = 0.01\n");
    expect(text).toContain("alpha = 0.01: 0.9776; no row above it\n");
    expect(text).toMatch(
      /alpha = 0\.001: 0\.9528; 77 rows above it, however rounded \(.* alpha of at least 0\.0099\): /,
    );
    expect(text).toContain("of the 457 radii, 87 are printed above every certified value");
    expect(text).toMatch(/as printed +26\.6 +18\.0 +0\.4288\n/);
    expect(text).toMatch(/at alpha = 0\.001 +25\.8 +17\.6 +0\.4230/);
    const json = JSON.parse(JSON.stringify(foreignReportJson("cohen.tsv", audit)));
    expect(json).toMatchObject({ file: "cohen.tsv", kind: "foreign", settings: { alpha: 0.01 }, certified: 457 });
    expect(json.recertified.rows).toHaveLength(500);
    expect(json.fits.length).toBeGreaterThan(80);
  });
});
