import fc from "fast-check";
import { parseHTML } from "linkedom";
import { gridNoise } from "smoothcert";
import {
  type Check,
  clopperPearsonLower,
  type LogHeader,
  type LogRow,
  percentAbove,
  percentBelow,
  reportData,
  reportHtml,
  reportOf,
  type StoppedAccuracy,
  type Subject,
  summarizeLog,
  theoremOfHeader,
} from "smoothcert/certify";
import { describe, expect, it } from "vitest";
import { thinned } from "../../../certify/document/figures.js";
import { forecastOf } from "../../../certify/document/forecast.js";
import { rowOfVotes, votedRows, voteHeader } from "../report/voted-logs.js";
import { smallRun } from "../run/small-run.js";
import { auditOf, foreignSubject, smallLog, someAttack, subjectOf, type WrittenLog } from "./subjects.js";

const outcomesOf = (subject: Subject): Record<string, Check["outcome"]> =>
  Object.fromEntries(reportOf(subject).checks.map(({ id, outcome }) => [id, outcome]));

const pageOf = async (subject: Subject): Promise<Document> =>
  parseHTML(await reportHtml(reportOf(subject))).document as unknown as Document;

describe("the checks of a report", () => {
  it("pass on a log that certify wrote, and say what was not done", async () => {
    const log = await smallLog();
    expect(outcomesOf(subjectOf(log, { attack: someAttack(log) }))).toEqual({
      "derived-again": "passed",
      "drawn-again": "not done",
      sealed: "passed",
      complete: "passed",
      consistent: "passed",
      "same-model": "not done",
      "same-data": "not done",
      "training-sigma": "not done",
      "other-images": "not done",
      "exact-noise": "passed",
      engine: "passed",
      seed: "noteworthy",
      "nothing-inside": "passed",
    });
  });

  it.each([
    ["a radius", "derived-again", ({ header, rows }: WrittenLog) => ({ header, rows: raised(rows) })],
    ["a time", "sealed", ({ header, rows }: WrittenLog) => ({ header, rows: later(rows) })],
    ["a row that was dropped", "complete", ({ header, rows }: WrittenLog) => ({ header, rows: rows.slice(1) })],
    ["alpha", "consistent", ({ header, rows }: WrittenLog) => ({ header: { ...header, familyAlpha: 0.3 }, rows })],
  ])("fail on %s changed", async (_, id, change) => {
    const subject = subjectOf(change(await smallLog()));
    expect(outcomesOf(subject)[id]).toBe("failed");
    expect((await pageOf(subject)).querySelector(`#check-${id}.failed li`)?.textContent).toBeTruthy();
  });

  it("note images that the model was trained on", async () => {
    const { header, rows } = await smallLog();
    const trainedOn = (trainingData: string): Check["outcome"] => {
      const changed = { ...header, model: { ...header.model, trainingData } };
      return outcomesOf(subjectOf({ header: changed, rows }))["other-images"];
    };
    expect(trainedOn(header.data.hash)).toBe("noteworthy");
    expect(trainedOn("ab".repeat(32))).toBe("passed");
  });

  it("fail where the attack broke more certificates than alpha allows, and note fewer", async () => {
    const log = await smallLog();
    const broken = (count: number): Check["outcome"] =>
      outcomesOf(subjectOf(log, { attack: someAttack(log, count) }))["nothing-inside"];
    expect(broken(1)).toBe("noteworthy");
    expect(broken(11)).toBe("failed");
  });

  it("tell votes drawn again from those that are only derived", async () => {
    const log = await smallLog();
    const message = "votes that differ from those drawn again, by 3 moved";
    const finding = { in: "row", idx: 4, field: "counts", message } as const;
    const audit = { ...auditOf(log), redrawn: [4, 6], notRedrawn: undefined, findings: [finding] };
    const outcomes = outcomesOf(subjectOf(log, { audit }));
    expect([outcomes["drawn-again"], outcomes["derived-again"]]).toEqual(["failed", "passed"]);
  });
});

const raised = ([first, ...rows]: readonly LogRow[]): LogRow[] => [{ ...first, radius: first.radius + 0.01 }, ...rows];
const later = ([first, ...rows]: readonly LogRow[]): LogRow[] => [{ ...first, time: 99 }, ...rows];

describe("reportOf", () => {
  it("has a section for each thing a log of ours tells, and a reason for what it can't", async () => {
    const log = await smallLog();
    const dataset = smallRun().dataset;
    const { sections, missing } = reportOf(subjectOf(log, { attack: someAttack(log), dataset }));
    const ids = "verdict checks curve probabilities reach calibration classes gallery images provenance";
    expect(sections.map(({ id }) => id)).toEqual(ids.split(" "));
    expect(missing).toEqual([]);
    const foreign = reportOf(foreignSubject(log.rows.map(({ counts, counts0, n, nA, ...row }) => row)));
    expect(foreign.sections.map(({ id }) => id)).toEqual(
      "verdict checks curve classes gallery images provenance".split(" "),
    );
    expect(foreign.missing.map(({ reason }) => reason)).toContain("the log holds no votes");
  });

  it("compares with further logs where they have the same images, and says why not elsewhere", async () => {
    const [log, other] = [await smallLog(), await smallLog({ n: 128 })];
    const beside = [
      { file: "other.tsv", label: "other", ...other },
      { file: "far.tsv", label: "far", rows: other.rows.map((row) => ({ ...row, idx: row.idx + 100 })) },
    ];
    const { comparison } = JSON.parse(JSON.stringify(reportData(reportOf(subjectOf(log, { beside }))))).sections;
    expect(comparison.comparisons[0]).toMatchObject({ label: "other", images: log.rows.length });
    expect(comparison.comparisons[1].notCompared).toContain("no image in common");
  });

  it("compares with a stopped log at its radii, and tells no difference at any other", async () => {
    const [log, other] = [await smallLog(), await smallLog({ interval: "union", stop: STOP })];
    const radii = [...STOP.radii, 0.2];
    const beside = [{ file: "other.tsv", label: "other", ...other }];
    const report = reportOf(subjectOf(log, { beside, radii }));
    const { comparison, curve } = JSON.parse(JSON.stringify(reportData(report))).sections;
    const known = comparison.comparisons[0].radii.map((at: object) => ["difference" in at, "pValue" in at]);
    expect(known).toEqual([...STOP.radii.map(() => [true, true]), [false, false]]);
    const summary = summarizeLog(other.rows, other.header, radii, 0.95).radii as readonly StoppedAccuracy[];
    expect(curve.beside[0].radii).toEqual(
      summary.map(({ radius, count, listed, undecided }) => ({
        radius,
        count,
        points: other.rows.length,
        listed,
        undecided,
      })),
    );
    const { count, undecided, atMost } = summary[2];
    expect(undecided).toBeGreaterThan(0);
    const page = parseHTML(await reportHtml(report)).document;
    const last = [...page.querySelectorAll("#comparison table tr")].at(-1);
    const cells = [...last!.querySelectorAll("th, td")].map((cell) => cell.textContent);
    expect(cells.slice(2, 5)).toEqual([
      `>=${percentBelow({ count }, other.rows.length)}`,
      "0",
      `${undecided}: at most ${percentAbove(atMost, other.rows.length)}`,
    ]);
    expect(cells.slice(-3)).toEqual(["\u2013", "\u2013", "\u2013"]);
  });

  it("shows published results beside logs of their noise and split, at radii that the log speaks at", async () => {
    const log = await smallLog();
    const published = { ...log.header.data, name: "mnist" };
    const columnsFor = (header: Partial<LogHeader>): readonly string[] | undefined => {
      const like = { ...log.header, sigma: 0.25, alpha: 0.001, data: published, ...header };
      const { sections } = reportOf(subjectOf({ header: like, rows: log.rows }, { audit: undefined }));
      const blocks = sections.find(({ id }) => id === "curve")?.blocks ?? [];
      return blocks.flatMap((block) => (block.kind === "table" ? [block] : []))[0]?.columns;
    };
    expect(columnsFor({})).toEqual(["L2 radius", "0", "0.25", "0.5", "0.75", "source"]);
    expect(columnsFor({ data: { ...published, split: "train" } })).toBeUndefined();
    expect(columnsFor({ noise: "uniform-float32/philox4x32-10/1", norm: "l1" })).toBeUndefined();
    const stop: LogHeader["stop"] = { kind: "radii", radii: [0.1, 0.5] };
    expect(columnsFor({ interval: "union", stop })).toEqual(["L2 radius", "0.5", "source"]);
    expect(columnsFor({ interval: "union", stop: { kind: "radii", radii: [0.1] } })).toBeUndefined();
  });

  it("counts what is certified at the ceiling, which randomised intervals seldom reach", async () => {
    const smoothing = gridNoise(0.02);
    const plain = await smallLog({ smoothing });
    const randomised = await smallLog({ smoothing, interval: "randomised-clopper-pearson" });
    for (const log of [plain, randomised]) {
      const { reach } = JSON.parse(JSON.stringify(reportData(reportOf(subjectOf(log))))).sections;
      expect(reach.unanimous).toBe(log.rows.filter(({ nA, n }) => nA === n).length);
      expect(reach.unanimous).toBeGreaterThan(0);
      expect(reach.atCeiling).toBe(log.rows.filter(({ radius }) => radius === reach.ceiling).length);
      expect(reach.atCeiling === reach.unanimous).toBe(log === plain);
    }
  });

  it("holds an attack that was stopped against the images that it came to", async () => {
    const log = await smallLog();
    const whole = someAttack(log);
    for (let done = 0; done <= whole.rows.length; done += 1) {
      const subject = subjectOf(log, { attack: { ...whole, rows: whole.rows.slice(0, done) } });
      const { attack } = JSON.parse(JSON.stringify(reportData(reportOf(subject)))).sections.curve;
      const reached = done === whole.rows.length ? log.rows : rowsUpTo(log.rows, whole.rows[done - 1]?.idx);
      if (done === 0) expect(attack).toBeUndefined();
      else expect(attack.images).toBe(reached.length);
      for (const { radius, certified, empirical } of attack?.radii ?? []) {
        expect(certified).toBe(reached.filter((row) => row.correct && row.radius >= radius).length);
        expect(empirical).toBeGreaterThanOrEqual(certified);
      }
    }
  });

  it("says of an attack on some images how many these are, and what they are certified for", async () => {
    const log = await smallLog();
    const whole = someAttack(log);
    const some = { ...whole, rows: whole.rows.slice(0, 3) };
    const images = rowsUpTo(log.rows, some.rows[2].idx).length;
    const page = await reportHtml(reportOf(subjectOf(log, { attack: some })));
    expect(page).toContain(`under the attack of the first ${images} images, rounded up`);
    expect(page).toContain("certified, of those attacked");
    expect(page).toContain(`under attack, of the first ${images} images: at most this`);
    expect(await reportHtml(reportOf(subjectOf(log, { attack: whole })))).not.toContain("certified, of those attacked");
    expect(outcomesOf(subjectOf(log, { attack: { ...whole, rows: [] } }))["nothing-inside"]).toBe("not done");
  });

  it("shows what a stopped run spent and left open", async () => {
    const log = await smallLog({ interval: "union", stop: { kind: "radii", radii: [0, 0.1] } });
    const { sections, missing } = reportOf(subjectOf(log));
    const stopping = sections.find(({ id }) => id === "stopping")?.data as { spent: number; cap: number };
    expect(stopping.spent).toBe(log.rows.reduce((sum, { n = 0 }) => sum + 16 + n, 0));
    expect(stopping.spent).toBeLessThan(stopping.cap);
    expect(missing.map(({ reason }) => reason)).toContain("runs that stop early have no ceiling to be held against");
  });

  it("gives a program all rows and all checks, as JSON", async () => {
    const log = await smallLog();
    const data = JSON.parse(JSON.stringify(reportData(reportOf(subjectOf(log)))));
    expect(data).toMatchObject({ format: "smoothcert-report", version: 1, title: "small" });
    expect(data.sections.images.rows).toEqual(log.rows);
    expect(data.sections.verdict.radii[0].statement.certified).toBe(log.rows.filter(({ correct }) => correct).length);
  });
});

const STOP = { kind: "radii", radii: [0, 0.1] } as const;

const rowsUpTo = (rows: readonly LogRow[], idx?: number): readonly LogRow[] =>
  rows.slice(0, rows.findIndex((row) => row.idx === idx) + 1);

describe("reportHtml", () => {
  it("makes the same page of the same files, which asks for nothing", async () => {
    const subject = subjectOf(await smallLog(), { dataset: smallRun().dataset });
    const page = await reportHtml(reportOf(subject));
    expect(await reportHtml(reportOf(subject))).toBe(page);
    const addresses = [...page.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, address]) => address);
    expect(addresses.length).toBeGreaterThan(20);
    expect(addresses.filter((address) => !/^(#|data:)/.test(address))).toEqual([]);
    expect(page).toMatch(/default-src 'none'/);
  });

  it("shows every image once, and links to each that it names", async () => {
    const log = await smallLog();
    const page = await pageOf(subjectOf(log));
    const cells = [...page.querySelectorAll(".rows tbody tr")].map((row) =>
      row.querySelector("th")?.textContent?.trim(),
    );
    expect(cells).toEqual(log.rows.map(({ idx }) => String(idx)));
    for (const link of page.querySelectorAll('.picture a[href^="#"]')) {
      expect(page.querySelector(link.getAttribute("href") as string)).not.toBeNull();
    }
  });

  it("shows what files hold as text, and never as markup", async () => {
    const log = await smallLog();
    const evil = '"><script>alert(1)</script><img src=x onerror=alert(2)>\u001b[31m';
    const header = { ...log.header, data: { ...log.header.data, classes: [evil, "b", "c"] } };
    const subject = subjectOf({ header, rows: log.rows }, { log: { file: evil, label: evil, rows: log.rows, header } });
    const page = await reportHtml(reportOf(subject));
    const { document } = parseHTML(page);
    expect(document.querySelectorAll("script").length).toBe(1);
    expect(document.querySelectorAll("[onerror]").length).toBe(0);
    expect(page).not.toContain("\u001b");
    expect(document.querySelector("h1")?.textContent).toContain("<script>");
  });
});

describe("a thinned curve", () => {
  it("is nowhere above the whole one, as wide, and short", () => {
    const ends = fc.uniqueArray(fc.double({ min: 1e-3, max: 4, noNaN: true }), { minLength: 1, maxLength: 1500 });
    fc.assert(
      fc.property(ends, (radii) => {
        const steps = radii.toSorted((a, b) => a - b).map((radius, i) => ({ radius, count: radii.length - i }));
        const few = thinned(steps, ({ radius }) => radius);
        expect(few.length).toBeLessThanOrEqual(Math.min(301, steps.length));
        expect(few.at(-1)).toBe(steps.at(-1));
        const countAt = (curve: typeof steps, r: number): number => curve.find(({ radius }) => r <= radius)?.count ?? 0;
        for (const { radius } of steps) expect(countAt(few, radius)).toBeLessThanOrEqual(countAt(steps, radius));
      }),
      { numRuns: 20 },
    );
  });
});

describe("forecastOf", () => {
  const header = voteHeader();

  it("certifies the share of votes that ten times the samples would keep", () => {
    fc.assert(
      fc.property(votedRows(header, 1, 6), (rows) => {
        const forecast = forecastOf(rows, header, 10);
        rows.forEach(({ nA = 0, n = 0 }, i) => {
          const pA = clopperPearsonLower(Math.floor((10 * n * (nA + 0.5)) / (n + 1)), 10 * n, header.alpha);
          const expected = pA > 0.5 ? theoremOfHeader(header)!.radius(pA) : 0;
          expect(forecast?.rows[i].radius).toBe(expected);
        });
      }),
      { numRuns: 30 },
    );
  });

  it("expects some of unanimous votes to turn, and has nothing to say of runs that stop", () => {
    const unanimous = rowOfVotes(header, 0, 0, [10, 0, 0], [300, 0, 0]);
    const forecast = forecastOf([unanimous], header, 10);
    expect(forecast?.n).toBe(3000);
    expect(forecast?.rows[0].radius).toBeGreaterThan(unanimous.radius);
    expect(forecast?.rows[0].radius).toBeLessThan(forecast?.ceiling ?? 0);
    const stopped = voteHeader({ interval: "union", stop: { kind: "precision", precision: 0.1 } });
    expect(forecastOf([unanimous], stopped, 10)).toBeUndefined();
  });
});
