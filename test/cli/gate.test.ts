import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { baselinesOf, type LogRow, policySchema } from "smoothcert/certify";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { rowOfVotes, voteHeader } from "../certify/report/voted-logs.js";
import { smoothcert, writeLog } from "./support.js";

const header = voteHeader({ max: 30 });
/** Thirty images, of which some are answered wrong and all others right without a vote against them. */
const rowsOf = (wrong: number): LogRow[] =>
  Array.from({ length: 30 }, (_, idx) => {
    const votes = (total: number): number[] => (idx < wrong ? [0, total, 0] : [total, 0, 0]);
    return rowOfVotes(header, idx, 0, votes(header.n0), votes(header.n));
  });

let folder: string;
let [good, bad, changed] = ["", "", ""];
const at = (name: string): string => join(folder, name);

async function policy(name: string, ...requirements: object[]): Promise<string> {
  const path = at(`${name}.json`);
  await writeFile(path, JSON.stringify({ format: "smoothcert-policy", version: 1, confidence: 0.95, requirements }));
  return path;
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "smoothcert-gate-"));
  good = await writeLog(folder, "good", header, rowsOf(1));
  bad = await writeLog(folder, "bad", header, rowsOf(15));
  changed = await writeLog(folder, "changed", header, rowsOf(1));
  await writeFile(at("changed.json"), (await readFile(at("changed.json"), "utf8")).replace("0.001", "0.000001"));
});
afterAll(() => rm(folder, { recursive: true }));

describe("smoothcert gate", () => {
  it("ends with an exit code for each verdict, and says what it was about", async () => {
    const certified = { kind: "certified-accuracy", radius: 0.5, atLeast: 0.8 };
    const regression = { kind: "no-regression", baseline: "good.tsv", radius: 0.5, margin: 0.2 };
    const path = await policy("both", certified, regression, { kind: "settings", sigma: 0.5 });
    const go = await smoothcert("gate", good, "--policy", path);
    expect(go).toMatchObject({ code: 0, err: "" });
    expect(go.out).toMatch(/^ {2}GO {12}certified accuracy at L2 radius 0\.5 of at least 0\.8; 29 of 30 images: /m);
    expect(go.out).toMatch(/\nGO\n$/);
    const noGo = await smoothcert("gate", bad, "--policy", path);
    expect(noGo).toMatchObject({ code: 3, err: "" });
    expect(noGo.out).toMatch(/\nNO-GO\n$/);
    const close = await policy("close", { ...certified, atLeast: 0.95 });
    const open = await smoothcert("gate", good, "--policy", close);
    expect(open).toMatchObject({ code: 4, err: "" });
    expect(open.out).toMatch(/\nINCONCLUSIVE\n$/);
  });

  it("audits the log where the policy says so, and tells a program", async () => {
    const path = await policy("audit", { kind: "audit" });
    const { code, out } = await smoothcert("gate", changed, "--policy", path, "--json");
    expect(code).toBe(3);
    const { verdict, judgements } = JSON.parse(out);
    expect(verdict).toBe("NO-GO");
    expect(judgements[0].found).toContain("check: the checksum isn't that of the header");
  });

  it("refuses a changed log, and a changed baseline, that the policy doesn't audit", async () => {
    const settings = { kind: "settings", alphaAtMost: 1e-5 };
    const refused = await smoothcert("gate", changed, "--policy", await policy("alpha", settings));
    expect(refused).toMatchObject({ code: 1, out: "" });
    expect(refused.err).toContain("changed.json: was changed after it was written, and is refused");
    const regression = { kind: "no-regression", baseline: "changed.tsv", radius: 0.5, margin: 0.2 };
    const beside = await smoothcert("gate", good, "--policy", await policy("beside", regression));
    expect(beside).toMatchObject({ code: 1, out: "", err: refused.err });
  });

  it("refuses a log, and a baseline, whose run is not finished", async () => {
    const part = await writeLog(folder, "part", header, rowsOf(1).slice(0, 10));
    const accuracy = { kind: "certified-accuracy", radius: 0.5, atLeast: 0.5 };
    const refused = await smoothcert("gate", part, "--policy", await policy("accuracy", accuracy));
    expect(refused).toMatchObject({ code: 1, out: "", err: expect.stringContaining("holds 10 of 30 images") });
    expect(refused.err).toContain("Run the command that wrote it again: it goes on");
    const regression = { kind: "no-regression", baseline: "part.tsv", radius: 0.5, margin: 0.2 };
    const beside = await smoothcert("gate", good, "--policy", await policy("beside-part", regression));
    expect(beside).toMatchObject({ code: 1, out: "", err: refused.err });
  });

  it("understands the policies of its guide and its help", async () => {
    const guide = await readFile(new URL("../../docs/report.md", import.meta.url), "utf8");
    const [, documented] = /```json\n([\s\S]*?)```/.exec(guide)!;
    const { out } = await smoothcert("gate", "--help");
    const [shown] = /\{ "format"[\s\S]*?\] \}/.exec(out)!;
    for (const text of [documented, shown]) {
      const [baseline] = baselinesOf(policySchema.parse(JSON.parse(text)));
      await writeFile(at("policy.json"), text.replace(baseline, "good.tsv"));
      expect((await smoothcert("gate", changed, "--policy", at("policy.json"))).code).toBe(3);
    }
  });

  it("refuses a policy that is none, naming the field, and a baseline that isn't there", async () => {
    const wrong = await policy("wrong", { kind: "certified-accuracy", radius: 0.5, atLeast: 80 });
    const refused = await smoothcert("gate", good, "--policy", wrong);
    expect(refused.code).toBe(1);
    expect(refused.err).toMatch(/wrong\.json: requirements\.0\.atLeast: /);
    const path = await policy("lost", { kind: "no-regression", baseline: "lost.tsv", radius: 0.5, margin: 0 });
    const lost = await smoothcert("gate", good, "--policy", path);
    expect(lost.code).toBe(1);
    expect(lost.err).toContain("lost.tsv");
    expect((await smoothcert("gate", good)).code).toBe(2);
  });
});
