import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describeOpenvino, readHeader } from "smoothcert/certify";
import { trainRun } from "smoothcert/train";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { linearOnnx } from "../certify/classifiers/onnx-file.js";
import { smoothcert } from "./support.js";

let folder: string;
let run: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "smoothcert-runtime-"));
  run = join(folder, "run");
  const settings = { limit: 60, model: "linear", objective: { name: "gaussian" }, epochs: 1, batch: 20 };
  await trainRun({ out: run, settings, engine: "wasm", version: "1.2.3" });
});
afterAll(() => rm(folder, { recursive: true }));

const openvino = "version" in (await describeOpenvino());

const SAMPLES = ["--n", "50", "--n0", "10", "--skip", "2000", "--engine", "wasm"];

describe("certify --runtime", () => {
  it("auto takes the faster one and says what it measured, and a log goes on with its own", async () => {
    const out = join(folder, "auto.tsv");
    const first = await smoothcert("certify", run, ...SAMPLES, "--runtime", "auto", "--max", "4000", "--out", out);
    expect(first.code).toBe(0);
    const said = /--(?:runtime|provider) (\w+) is the fastest here \(samples\/s: (.*)\)/.exec(first.err);
    const speeds = said![2].split(", ").map((each) => each.split(" "));
    expect(speeds.map(([name]) => name)).toEqual(openvino ? ["onnx", "openvino", "tfjs"] : ["onnx", "tfjs"]);
    expect(said![1]).toBe(speeds.toSorted(([, a], [, b]) => Number(b) - Number(a))[0][0]);
    const { runtime } = (await readHeader(out))!.model;
    expect(/^(openvino|onnx|tfjs)/.exec(runtime)![1]).toBe(said![1]);
    for (const words of [[], ["--runtime", "auto"]]) {
      const again = await smoothcert("certify", run, ...SAMPLES, ...words, "--max", "4000", "--out", out);
      expect(again).toMatchObject({ code: 0, err: expect.stringContaining("nothing is left to do") });
      expect(again.err).not.toContain("fastest");
    }
  });

  it("auto leaves a model alone that doesn't tell its input, and says so", async () => {
    const onnx = join(folder, "foreign.onnx");
    const weights = [Array<number>(784).fill(0.1), Array<number>(784).fill(-0.1), ...Array(8).fill(Array(784).fill(0))];
    await writeFile(onnx, linearOnnx({ weights, bias: Array(10).fill(0), input: ["N", 1, 28, 28] }));
    const words = [...SAMPLES, "--sigma", "0.5", "--data", "mnist", "--runtime", "auto", "--max", "1"];
    const { code, err } = await smoothcert("certify", onnx, ...words, "--out", join(folder, "foreign.tsv"));
    expect(code).toBe(0);
    expect(err.includes("only models of smoothcert's own tell their input")).toBe(openvino);
  });

  it("auto leaves no provider to choose", async () => {
    const { code, err } = await smoothcert("certify", run, "--runtime", "auto", "--provider", "cpu");
    expect({ code, err }).toMatchObject({
      code: 2,
      err: expect.stringContaining("must be left out with --runtime auto, got"),
    });
  });

  it("is that of the log for audit too, and of a log that goes on", async () => {
    const out = join(folder, "tfjs.tsv");
    await smoothcert("certify", run, ...SAMPLES, "--runtime", "tfjs", "--max", "4000", "--out", out);
    const more = await smoothcert("certify", run, ...SAMPLES, "--out", out);
    expect(more.code).toBe(0);
    expect((await readHeader(out))!.model.runtime).toMatch(/^tfjs/);
    const audit = await smoothcert("audit", out, "--model", run, "--redraw", "5", "--engine", "wasm");
    expect(audit).toMatchObject({ code: 0 });
    expect(audit.err).not.toContain("drawn again with onnx");
  });

  it("auto has nothing to choose where there is one kind of file", async () => {
    const alone = join(folder, "alone");
    await cp(join(run, "model"), alone, { recursive: true });
    const out = join(folder, "alone.tsv");
    const words = [...SAMPLES, "--runtime", "auto", "--max", "2000", "--out", out];
    const { code, err } = await smoothcert("certify", alone, ...words);
    expect(code).toBe(0);
    expect(err).not.toContain("fastest");
    expect(await readFile(out, "utf8")).toContain("idx\tlabel");
  });
});
