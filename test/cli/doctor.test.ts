import { mkdirSync, writeFileSync } from "node:fs";
import { afterEach, describe, expect, it } from "vitest";
import { report } from "../../cli/doctor.js";
import { engineFindings, onnxFindings, openvinoFinding } from "../../cli/doctor-engines.js";
import { bytesText, type Finding, look } from "../../cli/doctor-finding.js";
import { machineFindings, nodeFound, PACKAGE } from "../../cli/doctor-machine.js";
import { temporaryFolder } from "../data/support.js";
import { smoothcert } from "./support.js";

const folder = temporaryFolder();
const cache = process.env.SMOOTHCERT_CACHE;
afterEach(() => {
  if (cache === undefined) delete process.env.SMOOTHCERT_CACHE;
  else process.env.SMOOTHCERT_CACHE = cache;
});

describe("smoothcert doctor", () => {
  it("finds what this machine has, in text and in JSON", async () => {
    const { code, out, err } = await smoothcert("doctor", "--json");
    expect([code, err]).toEqual([0, ""]);
    const { problems, findings, version } = JSON.parse(out) as { findings: Finding[]; [name: string]: unknown };
    expect({ problems, version }).toEqual({ problems: 0, version: expect.any(String) });
    const state = (name: string): string | undefined => findings.find((each) => each.name === name)?.state;
    for (const name of ["Node.js", "memory", "ONNX Runtime", "certificate", "wasm", "cpu", "mnist", "image files"]) {
      expect([name, state(name)]).toEqual([name, "ok"]);
    }
    expect(findings.map(({ name }) => name)).toEqual(expect.arrayContaining(["gpu", "node", "webgpu", "Redis queues"]));
    const text = report(findings, 0).split("\n");
    expect(text.at(-1)).toBe("Everything that is needed is here.");
    for (const { name, mend } of findings) {
      const line = text.findIndex((each) => each.slice(12).startsWith(`${name} `));
      expect(line).toBeGreaterThan(0);
      if (mend !== undefined) expect(text[line + 1].trim()).toBe(`> ${mend}`);
    }
  });
});

describe("what is missing", () => {
  it("is a newer Node.js", () => {
    for (const version of ["20.11.0", "20.12.3", "22.0.0", "100.1.0"]) {
      expect(nodeFound(version, PACKAGE.engines.node).state).toBeUndefined();
    }
    for (const version of ["20.10.9", "18.20.0", "8.99.0"]) {
      expect(nodeFound(version, ">=20.11")).toMatchObject({
        state: "problem",
        text: expect.stringMatching(`^${version} on .*, but 20.11 or later is needed$`),
      });
    }
  });

  it("is a cache folder that can be written; what lies in one is measured", async () => {
    const file = await folder.write("file", "");
    process.env.SMOOTHCERT_CACHE = file;
    const find = async (): Promise<Finding> => (await machineFindings()).find(({ name }) => name === "cache")!;
    expect(await find()).toMatchObject({ state: "optional", mend: "export SMOOTHCERT_CACHE=FOLDER" });
    process.env.SMOOTHCERT_CACHE = `${folder.path}/none`;
    expect(await find()).toMatchObject({ state: "ok", text: `${folder.path}/none: nothing in it yet` });
    process.env.SMOOTHCERT_CACHE = folder.path;
    mkdirSync(`${folder.path}/decoded/deep`, { recursive: true });
    writeFileSync(`${folder.path}/decoded/deep/images`, Buffer.alloc(2_600_000));
    expect((await find()).text).toMatch(/: decoded 3 MB, file 0 MB, [\d.]+ GB free$/);
  });

  it("is OpenVINO, and the command that installs it where there is one", () => {
    expect(openvinoFinding({ version: "1.2" })).toMatchObject({ state: "ok", text: "1.2" });
    expect(openvinoFinding({ missing: "no", mend: "get it" })).toMatchObject({ state: "optional", mend: "get it" });
    expect(openvinoFinding({ missing: "no" })).not.toHaveProperty("mend");
  });

  it("is the fast ONNX Runtime", () => {
    const [runtime, native] = onnxFindings({ name: "web", providers: ["wasm"], nativeMissing: "it is not installed" });
    expect(runtime).toMatchObject({ state: "ok", text: "web" });
    expect(native).toMatchObject({
      state: "optional",
      mend: expect.stringMatching(/^npm install .*onnxruntime-node@/),
    });
  });

  it("is an engine: optional unless it comes with the package, with a command only where that can help", () => {
    const absent = (name: "gpu" | "node" | "webgpu" | "cpu", install: string) =>
      ({ name, package: name, backend: name, available: false, why: "not installed", install }) as const;
    const reports = [
      absent("gpu", "get gpu"),
      absent("node", "get node"),
      absent("webgpu", "get it"),
      absent("cpu", "x"),
    ];
    const states = (obstacle: string | undefined, hasNvidia: boolean): unknown[] =>
      engineFindings(reports, obstacle, hasNvidia).map(({ state, text, mend }) => [state, text, mend]);
    expect(states(undefined, true)).toEqual([
      ["optional", "not installed", "get gpu"],
      ["optional", "not installed", "get node"],
      ["optional", "not installed", "get it"],
      ["problem", "not installed", "x"],
    ]);
    expect(states("g++ is missing", false).slice(0, 2)).toEqual([
      ["optional", "not installed; there is no GPU of NVIDIA's", undefined],
      ["optional", "not installed; g++ is missing", undefined],
    ]);
  });

  it("is told with the first line of an error", async () => {
    const failing = { state: "problem", mend: "do" } as const;
    const fail = (): never => {
      throw new Error("one\ntwo");
    };
    expect(await look("g", "n", failing, fail)).toEqual({ group: "g", name: "n", ...failing, text: "one" });
    const found = await look("g", "n", failing, () => ({ text: "fine" }));
    expect(found).toEqual({ group: "g", name: "n", state: "ok", text: "fine" });
    expect(report([await look("g", "n", failing, fail)], 1)).toMatch(/\n {2}problem {3}n {2}one\n +> do\n1 problem/);
  });

  it("has sizes that people read", () => {
    expect([0, 499_999, 1e6, 999e6, 1.55e9].map(bytesText)).toEqual(["0 MB", "0 MB", "1 MB", "999 MB", "1.6 GB"]);
  });
});
