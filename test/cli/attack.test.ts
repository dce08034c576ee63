import { existsSync } from "node:fs";
import { cp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { exportOnnx, loadModel } from "smoothcert";
import { headerPath, type LogRow, readLog } from "smoothcert/certify";
import { beforeAll, describe, expect, it } from "vitest";
import { folderWithRun, type Outcome, PROGRAM, smoothcert, start, writeDigits } from "./support.js";

const folder = folderWithRun();
const EFFORT = ["--steps", "4", "--copies", "8", "--votes", "600"];
const IMAGES = 8;
let digits: string;
let log: string;
let certified: readonly LogRow[];

beforeAll(async () => {
  digits = await writeDigits(folder.path, 12);
  log = join(folder.run, "certify.tsv");
  const settings = ["--data", digits, "--n", "1000", "--alpha", "0.01", "--max", String(IMAGES)];
  const { code, err } = await smoothcert("certify", folder.run, ...settings);
  if (code !== 0) throw new Error(err);
  certified = (await readLog(log)).rows;
});

const attack = (...words: readonly string[]): Promise<Outcome> =>
  smoothcert("attack", log, "--data", digits, ...EFFORT, ...words);

/** The rows but for the time they took. */
async function rowsOf(file: string): Promise<string[]> {
  const lines = (await readFile(file, "utf8")).trimEnd().split("\n");
  return lines.slice(1).map((line) => line.slice(0, line.lastIndexOf("\t")));
}

interface Attacked {
  readonly idx: number;
  readonly predict: number;
  readonly radius: number;
  readonly insideNorm: number;
  readonly broken: boolean;
  readonly attackRadius: number | null;
}

describe("the attack on a run's log", () => {
  it("reports each certificate beside the nearest change of class, and draws both curves", async () => {
    const { code, out, err } = await attack("--json");
    expect(code).toBe(0);
    const report = JSON.parse(out);
    const withClass = certified.filter(({ predict }) => predict !== -1);
    expect(withClass.length).toBeGreaterThan(IMAGES / 2);
    expect(report).toMatchObject({
      file: log,
      out: join(folder.run, "attack.tsv"),
      figure: join(folder.run, "attack.svg"),
      sigma: 0.25,
      alpha: 0.01,
      gradient: "model",
      points: IMAGES,
      attacked: withClass.length,
      abstentions: IMAGES - withClass.length,
      broken: [],
      failed: false,
    });
    const images: readonly Attacked[] = report.images;
    expect(images.map(({ idx, predict, radius }) => ({ idx, predict, radius }))).toEqual(
      withClass.map(({ idx, predict, radius }) => ({ idx, predict, radius })),
    );
    for (const { radius, insideNorm, attackRadius } of images) {
      expect(insideNorm).toBeLessThan(radius);
      expect(insideNorm).toBeGreaterThan(0.98 * radius);
      expect(attackRadius).toBeGreaterThanOrEqual(radius);
    }
    // A thousand votes certify 0.65 at most, so that well-classified images have their change of class far behind it.
    expect(report.medianRatio).toBeGreaterThan(1);
    expect(report.medianRatio).toBeLessThan(5);
    expect(err).toContain(`Attacking ${withClass.length} certificates of run (onnxruntime-node `);
    expect(err).toContain("gradients of the model, 4 steps, 8 noisy copies per gradient; 600 votes per test");
    const figure = await readFile(report.figure, "utf8");
    expect(figure).toContain("accuracy (%)");
    expect(figure).not.toContain("certified accuracy (%)");
    expect(figure.match(/class="curve"/g)).toHaveLength(2);
  });

  it("asks for the model of a log that lies elsewhere", async () => {
    await mkdir(folder.at("elsewhere"));
    for (const path of [log, headerPath(log)]) await cp(path, path.replace(folder.run, folder.at("elsewhere")));
    const lonely = join(folder.at("elsewhere"), "certify.tsv");
    const message = `error: --model must be given: no model lies beside ${lonely}\n`;
    expect(await smoothcert("attack", lonely, "--data", digits)).toEqual({ code: 2, out: "", err: message });
  });

  it("prints certified accuracy rounded down and accuracy under attack rounded up", async () => {
    const { out, err } = await attack("--radii", "0,0.1,9");
    expect(err).toContain("all of them are in");
    const correct = certified.filter((row) => row.correct);
    const share = (count: number, round: (x: number) => number): string =>
      (round((1000 * count) / IMAGES) / 10).toFixed(1);
    const lower = [0, 0.1, 9].map((r) => share(correct.filter(({ radius }) => radius >= r).length, Math.floor));
    expect(out).toMatch(new RegExp(`^certified +${lower.join(" +")}$`, "m"));
    expect(out).toMatch(/^under attack +[\d.]+ +[\d.]+ +[\d.]+$/m);
    expect(out).toMatch(/changed class inside their certified radius: 0; alpha = 0.01 allows [12]\n/);
    expect(out).toMatch(
      /smallest perturbation that changes the class: found for \d; norm \/ certified radius: median \d\.\d\d\n/,
    );
    expect(out).toContain(`results: ${join(folder.run, "attack.tsv")}\nfigure: ${join(folder.run, "attack.svg")}\n`);
  });

  it("goes on after a stop and ends with the same rows; --images takes the first", async () => {
    const whole = await rowsOf(join(folder.run, "attack.tsv"));
    const out = folder.at("parts.tsv");
    expect((await attack("--out", out, "--images", "3")).code).toBe(0);
    expect(await rowsOf(out)).toEqual(
      whole.slice(0, certified.slice(0, 3).filter(({ predict }) => predict !== -1).length),
    );
    const text = await readFile(out, "utf8");
    await writeFile(out, `${text}${whole[4].slice(0, 20)}`);
    const { err } = await attack("--out", out);
    expect(err).toMatch(/ [123] of them are in .*parts\.tsv already/);
    expect(await rowsOf(out)).toEqual(whole);
    expect(existsSync(folder.at("parts.svg"))).toBe(true);
  });

  it("needs no model for its gradients: votes do", async () => {
    const words = [
      "--gradient",
      "votes",
      "--copies",
      "200",
      "--out",
      folder.at("votes.tsv"),
      "--images",
      "3",
      "--json",
    ];
    const { code, out, err } = await attack(...words);
    expect([code, err]).toEqual([0, expect.stringContaining("gradients of the votes, 4 steps, 200 noisy copies")]);
    const report = JSON.parse(out);
    expect(report).toMatchObject({ gradient: "votes", broken: [] });
    for (const { radius, attackRadius } of report.images)
      expect(attackRadius ?? Infinity).toBeGreaterThanOrEqual(radius);
  });

  it("is the same on TensorFlow.js, whose log names another hash", async () => {
    const tfjs = folder.at("tfjs.tsv");
    const settings = [
      "--data",
      digits,
      "--n",
      "200",
      "--alpha",
      "0.01",
      "--max",
      "2",
      "--runtime",
      "tfjs",
      "--engine",
      "wasm",
    ];
    expect((await smoothcert("certify", folder.run, ...settings, "--out", tfjs)).code).toBe(0);
    const words = ["--model", folder.run, "--data", digits, ...EFFORT, "--engine", "wasm"];
    const { code, err } = await smoothcert("attack", tfjs, ...words);
    expect([code, err]).toEqual([0, expect.stringContaining("tfjs-wasm")]);
    expect(existsSync(folder.at("tfjs.attack.tsv"))).toBe(true);
  });
});

/** The log with its radii multiplied: certificates of what isn't so. */
async function overstated(name: string, factor: number): Promise<string> {
  const file = folder.at(name);
  const lines = (await readFile(log, "utf8")).trimEnd().split("\n");
  const column = lines[0].split("\t").indexOf("radius");
  const changed = lines.slice(1).map((line) => {
    const cells = line.split("\t");
    cells[column] = String(factor * Number(cells[column]));
    return cells.join("\t");
  });
  await writeFile(file, `${[lines[0], ...changed].join("\n")}\n`);
  await cp(headerPath(log), headerPath(file));
  return file;
}

describe("an overstated log", () => {
  it("is found: each broken certificate is named, and the exit code is 1", async () => {
    const file = await overstated("overstated.tsv", 3);
    const words = ["--model", folder.run, "--data", digits, ...EFFORT];
    const { code, out, err } = await smoothcert("attack", file, ...words);
    expect(code).toBe(1);
    const [, count, allowed] = /inside their certified radius: (\d+); alpha = 0.01 allows (\d)/.exec(out)!;
    expect(Number(count)).toBeGreaterThan(Number(allowed));
    expect(
      out.match(/^ {4}image \d+: class \d at norm [\d.]+, certified as \d within [\d.]+; votes (\d:\d+ ?)+$/gm),
    ).toHaveLength(Number(count));
    expect(err).toContain(`error: ${file}: ${count} certificates are broken, but alpha allows at most ${allowed}`);
    // Nothing was searched below the radius before that was broken, and there the change of class lies nearer.
    const { rows } = await readLog(file);
    const results = await rowsOf(folder.at("overstated.attack.tsv"));
    for (const line of results) {
      const cells = line.split("\t");
      const row = rows.find(({ idx }) => idx === Number(cells[0]))!;
      if (cells[7] === "1") expect(Number(cells[8])).toBeLessThan(row.radius);
      else expect(Number(cells[8])).toBeGreaterThanOrEqual(row.radius);
    }
  });
});

describe("an attack is refused", () => {
  const refuse = async (code: number, words: readonly string[], message: string | RegExp): Promise<void> => {
    const outcome = await smoothcert("attack", ...words);
    expect(outcome).toMatchObject({ code, out: "" });
    if (typeof message === "string") expect(outcome.err).toContain(message);
    else expect(outcome.err).toMatch(message);
  };

  it("on a log without a header, naming what it needs", async () => {
    const foreign = folder.at("foreign.tsv");
    await writeFile(foreign, "idx\tlabel\tpredict\tradius\tcorrect\ttime\n0\t1\t1\t0.5\t1\t0.1\n");
    await refuse(1, [foreign], `error: ${foreign}: expected a log of smoothcert with its header beside it`);
    await refuse(1, [folder.at("none.tsv")], "none.tsv: expected a certification log, found nothing of that name");
  });

  it("with other data or another model than those certified, naming both hashes", async () => {
    await refuse(
      1,
      [log],
      /certify\.tsv: was made from data with SHA-256 [0-9a-f]{64}, but mnist test has [0-9a-f]{64}\. Name the/,
    );
    const { model } = await loadModel(folder.run);
    await writeFile(folder.at("other.onnx"), exportOnnx(model));
    const other = ["--model", folder.at("other.onnx"), "--data", digits];
    await refuse(
      1,
      [log, ...other],
      /was made from a model with SHA-256 [0-9a-f]{64}, but .*other\.onnx has [0-9a-f]{64}\. Name the certified model/,
    );
    await refuse(
      1,
      [log, "--data", digits, "--scale", "255"],
      "Name the certified model with --model, and give the same --layout",
    );
    await refuse(1, [log, "--model", folder.at("nowhere"), "--data", digits], "nowhere: expected a run folder");
  });

  it("by gradients of a model that isn't there", async () => {
    await mkdir(folder.at("alone"));
    await cp(join(folder.run, "model.onnx"), folder.at("alone/model.onnx"));
    const words = ["--model", folder.at("alone"), "--data", digits, "--gradient", "model"];
    await refuse(2, [log, ...words], "error: --gradient model needs a TensorFlow.js model, found none beside");
  });

  it("on noise of another version", async () => {
    const file = await overstated("noise.tsv", 1);
    const header = JSON.parse(await readFile(headerPath(log), "utf8"));
    await writeFile(headerPath(file), JSON.stringify({ ...header, noise: "gaussian-grid/other/9" }));
    await refuse(
      1,
      [file, "--model", folder.run, "--data", digits],
      "this version does not know its noise, gaussian-grid/other/9",
    );
  });

  it("with results of other settings, or of certificates that have changed", async () => {
    await attack();
    const other = ["--data", digits, ...EFFORT, "--votes", "700"];
    await refuse(
      1,
      [log, ...other],
      /attack\.tsv: was made with other settings: votes 600, now 700\. Choose another --out/,
    );
    const file = await overstated("later.tsv", 0.5);
    const results = folder.at("later.attack.tsv");
    await cp(join(folder.run, "attack.tsv"), results);
    await cp(join(folder.run, "attack.json"), headerPath(results));
    const words = ["--model", folder.run, "--data", digits, ...EFFORT];
    await refuse(
      1,
      [file, ...words],
      /later\.attack\.tsv: its row for image 0 attacks a certificate that is not the one in .*later\.tsv/,
    );
  });

  it.each([
    ["--votes 10", '--votes must be an integer of at least 50, got "10"'],
    ["--alpha 0.5", "attack: alpha must be in (0, 0.01], got 0.5"],
    ["--gradient none", '--gradient must be one of model, votes, got "none"'],
    ["--images 0", '--images must be an integer of at least 1, got "0"'],
    ["--out x.txt", 'attack: --out must be another file name that ends in .tsv, got "x.txt"'],
    ["--figure x.png", 'attack: --figure must be a file name that ends in .svg, got "x.png"'],
    ["--radii 0,-1", "attack: --radii must be radii of at least 0, got -1"],
  ])("with %s", async (words, message) => {
    await refuse(2, [log, "--data", digits, ...EFFORT, ...words.split(" ")], message);
  });
});

describe("Ctrl-C", () => {
  it.skipIf(!existsSync(PROGRAM))(
    "saves the rows, says how to go on, and the same command ends with the same ones",
    async () => {
      const out = folder.at("stopped.tsv");
      await rm(out, { force: true });
      const words = ["attack", log, "--data", digits, ...EFFORT, "--out", out];
      const { child, outcome } = start(...words);
      while (child.exitCode === null && !(existsSync(out) && (await rowsOf(out)).length > 0)) {
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      child.kill("SIGINT");
      const { code, err } = await outcome;
      const rows = await rowsOf(out);
      const whole = await rowsOf(join(folder.run, "attack.tsv"));
      // On a quick machine the attack may be done before the signal.
      if (code !== 0) {
        expect(code).toBe(130);
        expect(err).toContain(`stopped after attacking ${rows.length} more`);
        expect(err).toContain(`Resume with: smoothcert attack ${log}`);
        expect(rows.length).toBeLessThan(whole.length);
      }
      expect(rows).toEqual(whole.slice(0, rows.length));
      expect((await attack("--out", out)).code).toBe(0);
      expect(await rowsOf(out)).toEqual(whole);
    },
  );
});
