import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { paDistribution, parseLog } from "smoothcert/certify";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { legendLabels } from "../plot/svg.js";
import { type Outcome, smoothcert } from "./support.js";

const stopping = fileURLToPath(new URL("../../bench/stopping/", import.meta.url));
const ours = join(stopping, "to-1.5.tsv");
const foreign = fileURLToPath(new URL("../fixtures/logs/cohen-seconds.tsv", import.meta.url));

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "smoothcert-pa-"));
});
afterAll(() => rm(folder, { recursive: true }));

const pa = (...words: string[]): Promise<Outcome> =>
  smoothcert("curve", "--pa", ...words, "--out", join(folder, "pa.svg"));

describe("smoothcert curve --pa", () => {
  // The rows' shares as Python's csv, int and float give them, over the rows whose most voted class of counts0 is the
  // label: sum(nA / n >= p) / 5 and sum(pALower >= p) / 5 for the p of the table.
  it("prints the share of right images by probability, estimated and proved, and draws it", async () => {
    const { code, out, err } = await pa(ours);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toMatch(/^p +0\.5 +0\.6 +0\.7 +0\.8 +0\.9 +0\.95 +0\.99 +0\.999 +1$/m);
    expect(out).toMatch(/^lenet, sigma 0\.5 +98\.2 +97\.2 +96\.4 +95\.8 +93\.6 +92\.0 +83\.4 +62\.6 +35\.0$/m);
    expect(out).toMatch(/^ {2}proved, .* alpha +98\.0 +96\.4 +95\.8 +95\.4 +92\.8 +88\.8 +80\.2 +0\.0 +0\.0$/m);
    expect(out).toContain("images of runs that stopped early have votes of fewer samples");
    expect(out).not.toContain("certified accuracy (%)");
    const figure = await readFile(join(folder, "pa.svg"), "utf8");
    expect(legendLabels(figure)).toEqual([
      "lenet, sigma 0.5",
      "by the share of votes",
      "proved (lower confidence bound)",
    ]);
  });

  it("gives a program the steps of the library", async () => {
    const { out } = await pa(ours, "--json");
    const [log] = JSON.parse(out).logs;
    const header = JSON.parse(await readFile(ours.replace(".tsv", ".json"), "utf8"));
    const { rows } = parseLog(await readFile(ours, "utf8"), "to-1.5.tsv");
    expect(log).toMatchObject({ n: 100_000, alpha: 0.001, points: 500 });
    expect(log.pa).toEqual(paDistribution(rows, header));
  });

  it("leaves out logs without votes by name, and refuses them where there is no other", async () => {
    const { code, out, err } = await pa(foreign, ours);
    expect(code).toBe(0);
    expect(err).toContain(`warning: ${foreign}: left out, since --pa needs the votes for each image`);
    expect(out).not.toContain("cohen-seconds");
    expect(await pa(foreign)).toEqual({
      code: 1,
      out: "",
      err:
        `error: ${foreign}: --pa needs the votes for each image, ` +
        "which only logs of smoothcert with their headers hold\n",
    });
  });

  it.each(["--radii", "--rho"])("refuses %s beside it", async (option) => {
    const { code, err } = await pa(ours, option, "0.5");
    expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining(`${option} must be left out with --pa`) });
  });
});
