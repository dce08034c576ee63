import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildModel, inferMetadata, saveModel, signatureOf, useEngine } from "smoothcert";
import { expectedMax } from "smoothcert/train";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { taylorCommand } from "../../cli/taylor.js";

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "smoothcert-taylor-"));
  await useEngine("cpu");
  for (const [name, inputShape] of [
    ["linear", [28, 28, 1]],
    ["small", [3, 3, 1]],
  ] as const) {
    const model = buildModel("linear", { inputShape, classes: 10, seed: 4 });
    const metadata = { ...inferMetadata(signatureOf(model)), training: { dataSpec: "mnist" } };
    await saveModel(model, metadata, join(folder, name, "model"));
  }
});

afterAll(() => rm(folder, { recursive: true }));

/** Runs the command with the figure in the test's folder; returns what it printed. */
async function taylor(...args: string[]): Promise<string> {
  const lines: string[] = [];
  const out = vi.spyOn(process.stdout, "write").mockImplementation((text) => lines.push(String(text)) > 0);
  const err = vi.spyOn(process.stderr, "write").mockReturnValue(true);
  const figure = ["--out", join(folder, "taylor.svg"), "--engine", "cpu"];
  try {
    await taylorCommand()
      .exitOverride()
      .parseAsync(["node", "taylor", ...args, ...figure]);
  } finally {
    out.mockRestore();
    err.mockRestore();
  }
  return lines.join("");
}

const quick = ["--examples", "3", "--draws", "200"];

describe("smoothcert taylor", () => {
  test("shows the orders of the remainders of a softmax regression", async () => {
    const sigmas = ["--sigmas", "1/5,0.05,0.1"];
    const text = await taylor(join(folder, "linear"), ...quick, ...sigmas, "--json");
    const result = JSON.parse(text);
    expect(result).toMatchObject({
      data: "mnist",
      split: "test",
      examples: [0, 3333, 6666],
      copies: 4,
      draws: 200,
      seed: 0,
    });
    expect(result.expectedMax).toBe(expectedMax(4));
    expect(result.rows.map((row: { sigma: number }) => row.sigma)).toEqual([0.05, 0.1, 0.2]);
    for (const row of result.rows) {
      expect(row.firstOrder + row.firstOrderRemainder).toBeCloseTo(row.risk, 10);
      expect(row.secondOrder + row.secondOrderRemainder).toBeCloseTo(row.risk, 10);
      expect(Math.abs(row.secondOrderRemainder)).toBeLessThan(Math.abs(row.firstOrderRemainder));
    }
    // The draws are fixed by the seed, so nothing here is left to chance.
    expect(result.rows[0].firstOrderSlope).toBeNull();
    for (const row of result.rows.slice(1)) expect(Math.abs(row.firstOrderSlope - 2)).toBeLessThan(0.25);
  });

  test("prints a table of the same and writes a figure", async () => {
    const text = await taylor(join(folder, "linear"), ...quick, "--sigmas", "0.1,0.2", "--copies", "2");
    const lines = text.trimEnd().split("\n");
    expect(lines[0]).toMatch(/^sigma +risk +1st order +2nd order +risk - 1st +slope +risk - 2nd +slope +s\.e\.$/);
    expect(lines.slice(1, 3).map((line) => line.split(/ +/)[0])).toEqual(["0.1", "0.2"]);
    expect(lines[3]).toMatch(/^c_m = 0\.564190, E M_m\^2 = 1\.000000 for m = 2;/);
    const svg = await readFile(join(folder, "taylor.svg"), "utf8");
    for (const label of ["risk - first order", "risk - second order", "slope 2", "slope 3"])
      expect(svg).toContain(label);
  });

  test("gives the same numbers for the same seed, whatever else is asked for", async () => {
    const run = async (sigmas: string) =>
      JSON.parse(await taylor(join(folder, "linear"), ...quick, "--sigmas", sigmas, "--json"));
    const one = await run("0.1");
    const two = await run("0.1,0.3");
    expect(two.rows[0]).toEqual(one.rows[0]);
  });

  test("refuses data of another shape, noise levels that are none, and a folder without a model", async () => {
    await expect(taylor(join(folder, "small"), ...quick)).rejects.toMatchObject({
      name: "ArgumentError",
      message: expect.stringMatching(
        /^--data must hold images 3x3x1 in 10 classes for .*small, got mnist with 28x28x1 in 10 classes$/,
      ),
    });
    await expect(taylor(join(folder, "linear"), "--sigmas", "0.1,0")).rejects.toMatchObject({
      name: "ArgumentError",
      message: "--sigmas must be greater than 0, got 0",
    });
    await expect(taylor(join(folder, "linear"), "--draws", "1")).rejects.toThrow(
      '--draws must be an integer of at least 2, got "1"',
    );
    await expect(taylor(folder)).rejects.toMatchObject({
      name: "FileError",
      message: `${folder}: holds no model: expected model.json or model/model.json in it`,
    });
  });
});
