import fc from "fast-check";
import { FileError } from "smoothcert";
import {
  auditLog,
  certify,
  checkOf,
  formatRow,
  type GatedLog,
  headerIdentity,
  judgeByPolicy,
  LOG_COLUMNS,
  type LogHeader,
  MemoryLogStore,
  type Policy,
  parseLog,
  policySchema,
  undecidedRows,
} from "smoothcert/certify";
import { describe, expect, it } from "vitest";
import { SOME_HEADER } from "../log/some-header.js";
import { votedRows, voteHeader } from "../report/voted-logs.js";
import { smallRun } from "../run/small-run.js";
import { countedRows, gatedLog, policyOf } from "./gated.js";

describe("undecided images", () => {
  const header = voteHeader({ interval: "union", stop: { kind: "radii", radii: [0.25, 0.5] } });
  const { stop: _, ...ended } = header;
  const radius = fc.constantFrom(0, 0.25, 0.5);

  it("leave a verdict only where it is the same whatever becomes of them", () => {
    fc.assert(
      fc.property(votedRows(header, 4, 25), radius, fc.constantFrom(0.3, 0.6, 0.9), (rows, r, atLeast) => {
        const policy = policyOf(0.9, { kind: "certified-accuracy", radius: r, atLeast });
        const open = undecidedRows(rows, header, r);
        const verdictIf = (certified: boolean): string => {
          const decided = rows.map((row, i) =>
            open[i] ? { ...row, correct: certified, predict: row.label, radius: certified ? r : 0 } : row,
          );
          return judgeByPolicy(policy, { ...gatedLog(decided), header: ended }).verdict;
        };
        const { verdict } = judgeByPolicy(policy, { ...gatedLog(rows), header });
        expect(verdict === "GO").toBe(verdictIf(false) === "GO");
        expect(verdict === "NO-GO").toBe(verdictIf(true) === "NO-GO");
      }),
      { numRuns: 60 },
    );
  });

  it("of a log or its baseline count against a verdict of either kind", () => {
    const policy = policyOf(0.9, { kind: "no-regression", baseline: "old", radius: 0.5, margin: 0.1 });
    fc.assert(
      fc.property(votedRows(header, 12, 12), votedRows(header, 12, 12), (rows, others) => {
        const labelled = others.map((row, i) => ({
          ...row,
          label: rows[i].label,
          correct: row.predict === rows[i].label,
        }));
        const old = { file: "old.tsv", rows: labelled, header };
        const verdict = judgeByPolicy(policy, { ...gatedLog(rows, { old }), header }).verdict;
        const exact = { ...gatedLog(rows, { old: { ...old, header: ended } }), header: ended };
        const decided = judgeByPolicy(policy, exact).verdict;
        const none = [rows, labelled].every((log) => !undecidedRows(log, header, 0.5).includes(true));
        if (none) expect(verdict).toBe(decided);
        if (verdict !== "INCONCLUSIVE" && decided !== "INCONCLUSIVE") expect(verdict).toBe(decided);
      }),
      { numRuns: 60 },
    );
  });
});

describe("settings", () => {
  const log = (header: Partial<LogHeader>): GatedLog => ({
    ...gatedLog(countedRows(3, 3)),
    header: { ...SOME_HEADER, ...header },
  });
  const settings = (required: object): Policy => policyOf(0.9, { kind: "settings", ...required });

  it("are read off the header", () => {
    const policy = settings({ sigma: 0.5, alphaAtMost: 0.001, imagesAtLeast: 3 });
    expect(judgeByPolicy(policy, log({})).verdict).toBe("GO");
    const judged = judgeByPolicy(policy, log({ alpha: 0.01, sigma: 0.25 }));
    expect(judged).toEqual({
      verdict: "NO-GO",
      judgements: [
        {
          verdict: "NO-GO",
          required: "settings: alpha of at most 0.001, sigma 0.5, at least 3 images",
          found: "alpha = 0.01, sigma 0.25",
        },
      ],
    });
    expect(judgeByPolicy(settings({ norm: "l2" }), log({})).verdict).toBe("GO");
    expect(judgeByPolicy(settings({ norm: "l2" }), log({ norm: "l1" })).judgements).toEqual([
      { verdict: "NO-GO", required: "settings: L2 radii", found: "L1 radii" },
    ]);
    expect(judgeByPolicy(settings({ imagesAtLeast: 4 }), log({})).verdict).toBe("NO-GO");
    expect(judgeByPolicy(settings({ data: "0".repeat(64) }), log({})).verdict).toBe("NO-GO");
  });

  it("are unknown of another tool's log", () => {
    expect(judgeByPolicy(settings({ sigma: 0.5 }), gatedLog(countedRows(3, 3))).verdict).toBe("INCONCLUSIVE");
  });
});

describe("audit", () => {
  const policy = policyOf(0.9, { kind: "audit" });

  it("passes a log that certify wrote, and none with a vote moved", async () => {
    const store = new MemoryLogStore();
    await certify(smallRun(), store);
    const header = store.header as LogHeader;
    const judged = (rows: typeof store.rows): string => {
      const text = `${[LOG_COLUMNS.join("\t"), ...rows.map(formatRow)].join("\n")}\n`;
      const findings = auditLog(text, parseLog(text, "log.tsv"), { header, intact: true });
      return judgeByPolicy(policy, { ...gatedLog(rows), header, findings }).verdict;
    };
    expect(judged(store.rows)).toBe("GO");
    const [first, ...others] = store.rows;
    const [[a, most], ...rest] = first.counts!.toSorted(([, x], [, y]) => y - x);
    const moved = { ...first, counts: [[a, most - 1], ...rest, [(a + 1) % 3, 1]] as const };
    const sealed = { ...moved, check: checkOf(moved, headerIdentity(header)) };
    expect(judged([sealed, ...others])).toBe("NO-GO");
  });

  it("can't say anything of another tool's log", () => {
    expect(judgeByPolicy(policy, gatedLog(countedRows(3, 3))).verdict).toBe("INCONCLUSIVE");
  });
});

describe("a policy", () => {
  it("decides by its strictest requirement", () => {
    const easy = { kind: "certified-accuracy", radius: 0, atLeast: 0.1 } as const;
    const open = { ...easy, atLeast: 0.95 };
    const hard = { ...easy, radius: 2 };
    const verdict = (...requirements: Policy["requirements"]): string =>
      judgeByPolicy(policyOf(0.95, ...requirements), gatedLog(countedRows(38, 40))).verdict;
    expect(verdict(easy)).toBe("GO");
    expect(verdict(easy, open)).toBe("INCONCLUSIVE");
    expect(verdict(easy, open, hard)).toBe("NO-GO");
  });

  it("refuses a baseline about other images", () => {
    const policy = policyOf(0.9, { kind: "no-regression", baseline: "old", radius: 0, margin: 0 });
    const rows = countedRows(2, 3);
    const old = { file: "old.tsv", rows: rows.map((row) => ({ ...row, label: 1, correct: false })) };
    expect(() => judgeByPolicy(policy, gatedLog(rows, { old }))).toThrow(FileError);
  });

  it("is refused where it says something else than a policy", () => {
    const policy = policyOf(0.9, { kind: "audit" });
    expect(policySchema.safeParse(policy).success).toBe(true);
    for (const wrong of [
      { ...policy, confidence: 0.5 },
      { ...policy, requirements: [] },
      { ...policy, requirements: [{ kind: "certified-accuracy", radius: -1, atLeast: 0.5 }] },
      { ...policy, requirements: [{ kind: "certified-accuracy", radius: 1, atLeast: 90 }] },
      { ...policy, requirements: [{ kind: "audit", strict: true }] },
      { ...policy, requirements: [{ kind: "speed" }] },
    ]) {
      expect(policySchema.safeParse(wrong).success).toBe(false);
    }
  });
});
