import { FileError } from "smoothcert";
import { type GatedLog, judgeByPolicy, type LogHeader, type PairedLog } from "smoothcert/certify";
import { describe, expect, it } from "vitest";
import { SOME_HEADER } from "../log/some-header.js";
import { countedRows, gatedLog, policyOf } from "./gated.js";

const NORMS = ["l1", "l2"] as const;
type Norm = (typeof NORMS)[number];

/** A log of twenty images, all certified at radius 1. */
const headerOf = (norm: Norm): LogHeader => (norm === "l2" ? SOME_HEADER : { ...SOME_HEADER, norm });
const rows = countedRows(20, 20);
const baselineOf = (norm: Norm): PairedLog => ({ file: "old.tsv", rows, header: headerOf(norm) });
const logOf = (norm: Norm, baseline: Norm = norm): GatedLog => ({
  ...gatedLog(rows, { old: baselineOf(baseline) }),
  header: headerOf(norm),
});

describe.each([undefined, ...NORMS])("a radius of the norm %s", (norm) => {
  const asked = norm ?? "l2";
  const accuracy = policyOf(0.9, { kind: "certified-accuracy", radius: 0.5, norm, atLeast: 0.5 });
  const regression = policyOf(0.9, { kind: "no-regression", baseline: "old", radius: 0.5, norm, margin: 0.5 });

  it.each(NORMS)("is L2 where none is named, and is looked for among radii of its norm alone: %s", (logged) => {
    for (const policy of [accuracy, regression]) {
      const judge = () => judgeByPolicy(policy, logOf(logged));
      if (logged === asked) {
        expect(judge().verdict).toBe("GO");
        expect(judge().judgements[0].required).toContain(`at ${asked.toUpperCase()} radius 0.5`);
      } else {
        expect(judge).toThrow(FileError);
        expect(judge).toThrow(
          `log.tsv: has ${logged.toUpperCase()} radii, and a requirement of the policy is about ${asked.toUpperCase()}`,
        );
        expect(judge).toThrow(`"norm": "${logged}"`);
      }
    }
  });

  it("isn't compared with a baseline's of another norm", () => {
    const other = asked === "l2" ? "l1" : "l2";
    const judge = () => judgeByPolicy(regression, logOf(asked, other));
    expect(judge).toThrow(FileError);
    expect(judge).toThrow(`old.tsv: has ${other.toUpperCase()} radii, and log.tsv ${asked.toUpperCase()} radii`);
  });

  it("is L2 in logs without a header", () => {
    const judge = () => judgeByPolicy(accuracy, gatedLog(rows));
    if (asked === "l2") expect(judge().verdict).toBe("GO");
    else expect(judge).toThrow("log.tsv: has L2 radii, for want of a header that says otherwise");
  });
});
