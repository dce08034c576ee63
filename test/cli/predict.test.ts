import { writeFile } from "node:fs/promises";
import sharp from "sharp";
import { exportOnnx, gridNoise, loadDataset, loadModel, nextDown } from "smoothcert";
import { certifiedRadius, clopperPearsonLower, readLog } from "smoothcert/certify";
import { beforeAll, describe, expect, it } from "vitest";
import { folderWithRun, type Outcome, smoothcert } from "./support.js";

const folder = folderWithRun();
/** Noise is a function of the image's index, and that of an image file is 0. */
const SEVEN = 0;

beforeAll(async () => {
  const mnist = await loadDataset("mnist", "test");
  const { pixels, label } = mnist.example(SEVEN);
  expect(label).toBe(7);
  const image = sharp(Uint8Array.from(pixels), { raw: { width: 28, height: 28, channels: 1 } });
  await image.png().toFile(folder.at("seven.png"));
  await image.resize(56, 56, { kernel: "nearest" }).png().toFile(folder.at("large.png"));
  const { model } = await loadModel(folder.at("run"));
  await writeFile(folder.at("foreign.onnx"), exportOnnx(model));
});

function predict(input: string, options = "", model = "run"): Promise<Outcome> {
  const words = options.split(" ").filter((word) => word !== "");
  return smoothcert("predict", folder.at(model), input, ...words);
}

async function predictJson(...args: Parameters<typeof predict>): Promise<Record<string, unknown>> {
  const { code, out, err } = await predict(args[0], `${args[1] ?? ""} --json`, args[2]);
  expect({ code, err, out }).toEqual({ code: 0, err: "", out: expect.stringMatching(/^\{.*\}\n$/) });
  return JSON.parse(out);
}

describe("smoothcert predict", () => {
  it("asks for sigma where the model was trained without noise", async () => {
    const training = "--model linear --limit 50 --epochs 1 --objective gaussian --sigma 0 --engine cpu --out".split(
      " ",
    );
    expect(await smoothcert("train", ...training, folder.at("plain"))).toMatchObject({ code: 0 });
    const err = `error: --sigma must be given: ${folder.at("plain")} was trained without noise\n`;
    expect(await predict("0", "", "plain")).toEqual({ code: 2, out: "", err });
    expect(await predict("0", "--sigma 0.25", "plain")).toMatchObject({ code: 0 });
  });

  it("gives a test image and its PNG file the same votes", async () => {
    const byIndex = await predictJson(String(SEVEN));
    const byFile = await predictJson(folder.at("seven.png"));
    expect(byIndex).toEqual({
      predict: 7,
      class: "7",
      label: 7,
      labelName: "7",
      sigma: 0.25,
      n: 1000,
      alpha: 0.001,
      votes: Array.from({ length: 10 }, (_, c) => ({ class: String(c), count: expect.any(Number) })),
    });
    const { label: _, labelName: __, ...same } = byIndex;
    expect(byFile).toEqual(same);
  });

  it("says what it found and how sure it is", async () => {
    const { code, out, err } = await predict(String(SEVEN), "--sigma 64/255 --n 200 --alpha 0.01");
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toMatch(
      /^7 \(label 7\)\nvotes of 200 at sigma 0\.25098\d*: 7 \d+.*; failure probability at most 0\.01\n$/,
    );
    expect((await predict(folder.at("seven.png"))).out).toMatch(/^7\nvotes of 1000 at sigma 0\.25: 7 \d+/);
  });

  it("abstains where the votes don't decide", async () => {
    const { out } = await predict(String(SEVEN), "--sigma 16 --n 20");
    expect(out).toMatch(/^abstain \(label 7\)\n/);
    expect(await predictJson(String(SEVEN), "--sigma 16 --n 20")).toMatchObject({ predict: -1, class: "abstain" });
  });

  it("certifies with --radius, as certify does", async () => {
    const log = folder.at("seven.tsv");
    const words = "--n 500 --n0 50 --alpha 0.01 --seed 4".split(" ");
    expect(await smoothcert("certify", folder.at("run"), "--max", "1", "--out", log, ...words)).toMatchObject({
      code: 0,
    });
    const [row] = (await readLog(log)).rows;
    const { predict: answer, radius, pALower } = await predictJson(String(SEVEN), `--radius ${words.join(" ")}`);
    expect({ predict: answer, radius, pALower }).toEqual({ predict: 7, radius: row.radius, pALower: row.pALower });
    expect(pALower).toBe(nextDown(clopperPearsonLower(row.nA!, 500, 0.01) - gridNoise(0.25).distance!(784)));
    expect(radius).toBe(certifiedRadius(0.25, row.pALower!));
    const { out } = await predict(String(SEVEN), `--radius ${words.join(" ")}`);
    const [, printed] = /^7, L2 radius (\d\.\d{4}) \(label 7\)\n/.exec(out)!;
    expect(Number(printed)).toBeLessThanOrEqual(row.radius);
    expect(Number(printed)).toBeGreaterThan(row.radius - 1e-4);
  });

  it("bounds every class with --n0 0, which selects none beforehand", async () => {
    const words = "--radius --n 500 --n0 0 --alpha 0.01";
    const { predict: answer, votes, pALower } = await predictJson(String(SEVEN), words);
    const most = (votes as { count: number }[])[7].count;
    expect(answer).toBe(7);
    expect(pALower).toBe(nextDown(clopperPearsonLower(most, 500, 0.001) - gridNoise(0.25).distance!(784)));
  });

  it("refuses an image of another size, naming both sizes, unless --resize", async () => {
    const large = folder.at("large.png");
    const refused = await predict(large);
    expect(refused.code).toBe(1);
    expect(refused.err).toContain(`error: ${large}: expected an image of 28x28 pixels (width x height), found 56x56.`);
    expect(refused.err).toContain("--resize");
    expect(await predictJson(large, "--resize")).toMatchObject({ predict: 7 });
  });

  it("refuses a picture that is none, naming it", async () => {
    await writeFile(folder.at("text.png"), "not a picture");
    const { code, err } = await predict(folder.at("text.png"));
    expect(code).toBe(1);
    expect(err).toContain(`error: ${folder.at("text.png")}: expected an image (png, `);
  });

  it("refuses an index out of range, naming it", async () => {
    const { code, err } = await predict("10000");
    expect({ code, err }).toEqual({ code: 2, err: 'error: <input> must be an integer in [0, 9999], got "10000"\n' });
    expect(await predict("60000", "--split train")).toMatchObject({
      err: expect.stringContaining('[0, 59999], got "60000"'),
    });
  });

  it("predicts with a foreign model that is told its data and sigma", async () => {
    const own = await predictJson(String(SEVEN));
    expect(await predictJson(String(SEVEN), "--data mnist --sigma 0.25", "foreign.onnx")).toEqual(own);
    const file = await predictJson(folder.at("seven.png"), "--data mnist --sigma 0.25", "foreign.onnx");
    expect(file.votes).toEqual(own.votes);
    // The model's input tells the size of images, but no data set of which to take one by its index.
    expect((await predictJson(folder.at("seven.png"), "--sigma 0.25", "foreign.onnx")).votes).toEqual(own.votes);
    const { code, err } = await predict(String(SEVEN), "--sigma 0.25", "foreign.onnx");
    expect({ code, err }).toEqual({
      code: 2,
      err: expect.stringMatching(/^error: --data must be given: .*foreign\.onnx/),
    });
  });

  it.each([
    ["--n 0", '--n must be an integer of at least 1, got "0"'],
    ["--sigma 0", "sigma must be finite and greater than 0, got 0"],
    ["--alpha 1", "predict: alpha must be in (0, 1), got 1"],
    ["--alpha 0.7 --radius", "certify: alpha must be in (0, 1/2], got 0.7"],
    ["--n 10 --radius", "certify: n must be at least 11 for alpha = 0.001, got 10"],
  ])("refuses %s", async (options, message) => {
    const { code, out, err } = await predict(String(SEVEN), options);
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toContain(message);
  });
});
