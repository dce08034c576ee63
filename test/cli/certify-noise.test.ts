import { readFile } from "node:fs/promises";
import { readHeader, readLog } from "smoothcert/certify";
import { beforeAll, describe, expect, it } from "vitest";
import { folderWithRun, smoothcert, writeDigits } from "./support.js";

const folder = folderWithRun();
let digits: string;
let log: string;

const ok = async (...words: readonly string[]): Promise<{ out: string; err: string }> => {
  const { code, out, err } = await smoothcert(...words);
  if (code !== 0) throw new Error(`exit code ${code}: ${err}`);
  return { out, err };
};

beforeAll(async () => {
  digits = await writeDigits(folder.path, 20);
  log = folder.at("uniform.tsv");
});

describe("--noise uniform", () => {
  it("certifies L1 radii: the announcement, header, report and figure say so", async () => {
    const words = ["--data", digits, "--noise", "uniform", "--sigma", "0.25", "--n", "300", "--out", log];
    const { out, err } = await ok("certify", folder.run, ...words);
    expect(err).toContain("largest reachable L1 radius: 0.4");
    expect(err).toContain("the noise is floats: certificates hold up to the rounding of floating-point noise");
    expect(out).toMatch(/sigma 0.25 of uniform noise, n = 300, .*: radii of at most 0\.4\d+ within reach/);
    expect(out).toMatch(/\nL1 radius +0 /);
    expect(await readHeader(log)).toMatchObject({ norm: "l1", noise: "uniform-float32/philox4x32-10/1", sigma: 0.25 });
    const { rows } = await readLog(log);
    expect(rows.filter(({ radius }) => radius > 0).length).toBeGreaterThan(5);
    // 2 lambda (pALower - 1/2), from the cells of the log.
    for (const { radius, pALower } of rows) {
      const exact = Math.max(0, 2 * Math.sqrt(3) * 0.25 * ((pALower as number) - 0.5));
      expect(Math.abs(radius - exact)).toBeLessThan(1e-7);
    }
    const figure = folder.at("uniform.svg");
    await ok("curve", log, "--out", figure);
    expect(await readFile(figure, "utf8")).toContain("L1 radius (pixels in [0, 1])");
  });

  it("is audited, votes drawn again included, and continued", async () => {
    const { out } = await ok("audit", log, "--model", folder.run, "--data", digits, "--redraw", "3");
    expect(out).toContain("3");
    const again = ["--data", digits, "--noise", "uniform", "--sigma", "0.25", "--n", "300", "--out", log];
    expect((await ok("certify", folder.run, ...again)).err).toContain("nothing is left to do");
    const gaussian = ["--data", digits, "--sigma", "0.25", "--n", "300", "--out", log];
    expect(await smoothcert("certify", folder.run, ...gaussian)).toMatchObject({
      code: 1,
      err: expect.stringContaining('noise "uniform-float32/philox4x32-10/1", now "gaussian-grid/philox4x32-10/1"'),
    });
  });

  it("stands beside an L2 log in a figure with a warning, and is no matter for the L2 attack", async () => {
    const gaussian = folder.at("gaussian.tsv");
    await ok("certify", folder.run, "--data", digits, "--sigma", "0.25", "--n", "300", "--out", gaussian);
    const both = await ok("curve", log, gaussian, "--out", folder.at("both.svg"));
    expect(both.err).toContain("norm differs (L1 in ");
    expect(both.out).toContain("L1 or L2 radius");
    expect(await smoothcert("attack", log, "--model", folder.run, "--data", digits)).toMatchObject({
      code: 1,
      err: expect.stringContaining("has L1 radii, and the attack searches L2 balls"),
    });
  });

  it("predicts, with an L1 radius where one is asked for", async () => {
    const words = ["predict", folder.run, "3", "--data", digits, "--noise", "uniform", "--sigma", "0.25", "--radius"];
    expect((await ok(...words)).out).toMatch(/^\w+, L1 radius 0\.\d+ /);
    expect(JSON.parse((await ok(...words, "--json")).out)).toMatchObject({ norm: "l1" });
  });

  it("is refused by name where there is no such noise", async () => {
    expect(await smoothcert("certify", folder.run, "--noise", "laplace")).toMatchObject({
      code: 2,
      err: expect.stringContaining('--noise must be one of gaussian, uniform, got "laplace"'),
    });
  });
});
