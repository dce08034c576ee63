import { copyFile, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { buildModel, inferMetadata, loadDataset, saveModel, signatureOf, useEngine } from "smoothcert";
import { readHeader, readLog } from "smoothcert/certify";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { model, pythonLabels, shared } from "../certify/classifiers/own-models.js";
import { temporaryFolder } from "../data/support.js";
import { ownWords } from "../documentation/blocks.js";
import { ownLines } from "../documentation/documents.js";
import { smoothcert } from "./support.js";

const folder = temporaryFolder();
const home = process.cwd();
const own = (name: string): string => `test/fixtures/cases/own-models/${name}`;

/** The files that docs/models.md speaks of. */
const FILES: Record<string, string> = {
  "mnist.onnx": shared("predict-needs-data/plain"),
  "nine.png": "test/fixtures/cases/predict-needs-data/nine.png",
  "flat.onnx": shared("input-shape-flat/flat784x1"),
  "digits.npz": own("digits.npz"),
  "trained-on-bytes.onnx": model("scale_255"),
  "half-range.onnx": model("mean_half"),
  "bytes.onnx": model("bytes_flat"),
  "half.onnx": model("half_to_float"),
  "reshaped.onnx": model("baked_4"),
  "two-outputs.onnx": model("two_fit"),
  "large-digit.onnx": model("probability_1d"),
  "large-logit.onnx": model("logit_4d"),
  "twelve-classes.onnx": model("twelve"),
  "zero-to-four.onnx": model("five"),
  "iris.onnx": model("iris"),
  "iris-x.npy": own("iris-x.npy"),
  "iris-y.npy": own("iris-y.npy"),
  "digits-table.onnx": model("no_zipmap"),
  "digits-x.npy": own("digits-table-x.npy"),
  "digits-y.npy": own("digits-table-y.npy"),
  "keras.onnx": model("scores_4d"),
};

beforeAll(async () => {
  for (const [name, source] of Object.entries(FILES)) await copyFile(source, join(folder.path, name));
  const lines = Array.from({ length: 10 }, (_, digit) => `${digit}\t${11 - digit}\n`);
  await writeFile(join(folder.path, "labels.txt"), lines.toReversed().join(""));
  await useEngine("wasm");
  const network = buildModel("linear", { inputShape: [8, 8, 1], classes: 10, seed: 1 });
  await saveModel(network, inferMetadata(signatureOf(network)), join(folder.path, "tfjs-model"));
  await rm(join(folder.path, "tfjs-model", "smoothcert.json"));
  process.chdir(folder.path);
});
afterAll(() => process.chdir(home));

const run = (line: string): ReturnType<typeof smoothcert> => smoothcert(...line.split(" "));
const VOTES = "--data digits.npz --sigma 0.25 --n 200 --n0 20 --alpha 0.01";
/** One thread: starting others takes longer than these votes. */
const DIGITS = `${VOTES} --threads 1`;

/** Later options win over earlier ones; engines have threads of their own. */
function fewVotes(command: readonly string[]): string[] {
  return ["--n", "200", ...(command.includes("--engine") ? [] : ["--threads", "1"])];
}

describe("docs/models.md", () => {
  it("says nothing that does not work", async () => {
    const commands = ownLines("docs/models.md").map(({ text }) => ownWords(text)!);
    expect(commands.length).toBeGreaterThan(20);
    for (const command of commands) {
      const { code, err } = await smoothcert(...command, ...(command[0] === "certify" ? fewVotes(command) : []));
      expect({ command, code, err }).toEqual({ command, code: 0, err: expect.any(String) });
    }
  }, 240_000);

  it("names the options that there are", async () => {
    const text = await readFile(join(home, "docs", "models.md"), "utf8");
    const { out } = await run("predict --help");
    for (const option of ["--output", "--binary", "--labels", "--size", "--layout", "--scale", "--mean", "--std"]) {
      expect(out).toContain(option);
      expect(text).toContain(option);
    }
    for (const command of ["certify", "audit", "attack", "quantize"]) {
      const help = (await run(`${command} --help`)).out;
      for (const option of ["--output", "--binary", "--labels"]) expect(help).toContain(option);
    }
  });
});

describe("--labels", () => {
  it("makes the model's labels of the data set's, and is recorded", async () => {
    const map = "11,10,9,8,7,6,5,4,3,2";
    const refused = await run(`certify twelve-classes.onnx ${DIGITS} --out a.tsv`);
    expect(refused.code).toBe(2);
    expect(refused.err).toContain("model must be a classifier of digits's 10 classes, got 12. Say which of the");
    expect(refused.err).toContain("--labels");
    expect(await run(`certify twelve-classes.onnx ${DIGITS} --labels ${map} --out a.tsv`)).toMatchObject({ code: 0 });
    const [{ rows }, header] = [await readLog("a.tsv"), await readHeader("a.tsv")];
    expect(header?.data.labels).toEqual(map.split(",").map(Number));
    expect(header?.data.classes).toEqual(["0", "1", "9", "8", "7", "6", "5", "4", "3", "2", "1", "0"]);
    expect(rows.length).toBe(100);
    expect(rows.filter(({ correct }) => correct).length).toBeGreaterThan(60);
    // The same network under the data's own labels gets the same votes.
    expect(await run(`certify keras.onnx ${DIGITS} --out b.tsv`)).toMatchObject({ code: 0 });
    const plain = await readLog("b.tsv");
    expect(rows.map(({ label, predict, radius }) => [11 - label, predict < 0 ? -1 : 11 - predict, radius])).toEqual(
      plain.rows.map(({ label, predict, radius }) => [label, predict, radius]),
    );
    expect((await readHeader("b.tsv"))?.data).not.toHaveProperty("labels");
    const again = await run(`certify twelve-classes.onnx ${DIGITS} --labels labels.txt --out a.tsv`);
    expect(again.err).toContain("nothing is left to do");
    const other = await run(`certify twelve-classes.onnx ${DIGITS} --labels 11,10,9,8,7,6,5,4,2,3 --out a.tsv`);
    expect(other.code).toBe(1);
    expect(other.err).toContain("data.labels");
  });

  it("leaves out classes that the model doesn't have, saying how many images", async () => {
    const map = "0,1,2,3,4,-,-,-,-,-";
    const { code, err } = await run(`certify zero-to-four.onnx ${DIGITS} --labels ${map} --out c.tsv`);
    expect(code).toBe(0);
    expect(err).toContain("47 of 100 images are left out: the model has no class for theirs (5, 6, 7, 8, 9)\n");
    const { rows } = await readLog("c.tsv");
    expect(rows.map(({ idx }) => idx)).toEqual(Array.from({ length: 53 }, (_, i) => i));
    expect(Math.max(...rows.map(({ label }) => label))).toBe(4);
    expect(rows.map(({ label }) => label)).not.toContain(null);
    const audited = await run("audit c.tsv --model zero-to-four.onnx --data digits.npz --redraw 3");
    expect(audited.out).toContain("nothing is wrong");
    const wrong = await run("audit c.tsv --data digits.npz --labels 0,1,2,3,4,-,-,-,-,4");
    expect(wrong.code).toBe(1);
    expect(wrong.out).toContain("data, labels: [0,1,2,3,4,null,null,null,null,4], where the header says");
    const attacked = await run(
      "attack c.tsv --model zero-to-four.onnx --data digits.npz --images 2 --votes 200 --copies 200 --steps 4",
    );
    expect(attacked).toMatchObject({ code: 0 });
    const answer = await run(`predict zero-to-four.onnx 7 --json --data digits.npz --sigma 0.25 --labels ${map}`);
    expect(JSON.parse(answer.out)).toMatchObject({ label: rows[7].label, labelName: String(rows[7].label) });
  });

  it.each<[string, number, string]>([
    ["0,1,2", 2, "--labels must be 10 classes of the model between commas, - for none (or a file of them), got 3"],
    ["0,1,2,3,4,5,6,7,8,12", 2, "the model's class of '9' must be an integer in [0, 11], got 12"],
    ["-,-,-,-,-,-,-,-,-,-", 2, "the map must be one that keeps some image"],
    ["none.txt", 1, "none.txt: expected one line for each class"],
    ["short.txt", 1, "short.txt: expected one line for each class of the data set"],
    ["mixed.txt", 1, "lines with names and lines without"],
    ["stranger.txt", 1, 'no line for class "9"'],
    ["words.txt", 1, 'found line 2: "1\\tone"'],
  ])("refuses %s", async (map, code, message) => {
    const lines = Array.from({ length: 10 }, (_, i) => `${i}\t${i}`);
    await writeFile("short.txt", "1\n2\n");
    await writeFile("mixed.txt", [...lines.slice(1), "3"].join("\n"));
    await writeFile("stranger.txt", lines.join("\n").replace("9\t9", "nine\t9"));
    await writeFile("words.txt", lines.join("\n").replace("1\t1", "1\tone"));
    const outcome = await run(`certify twelve-classes.onnx ${DIGITS} --labels ${map} --out z.tsv`);
    expect(outcome).toMatchObject({ code, out: "" });
    expect(outcome.err).toContain(message);
  });
});

describe("one score", () => {
  it("is two classes on request, alike as a logit and as a probability", async () => {
    const words = `${DIGITS} --labels 0,0,0,0,0,1,1,1,1,1`;
    const refused = await run(`certify large-digit.onnx ${words} --out d.tsv`);
    expect(refused.code).toBe(1);
    expect(refused.err).toContain("--binary probability (class 1 where it is above 1/2");
    expect(await run(`certify large-digit.onnx ${words} --binary probability --out d.tsv`)).toMatchObject({ code: 0 });
    expect(await run(`certify large-logit.onnx ${words} --binary logit --out e.tsv`)).toMatchObject({ code: 0 });
    const [d, e] = [await readLog("d.tsv"), await readLog("e.tsv")];
    expect(d.rows.map(({ counts }) => counts)).toEqual(e.rows.map(({ counts }) => counts));
    const audited = await run("audit d.tsv --model large-digit.onnx --data digits.npz --redraw 3 --binary probability");
    expect(audited).toMatchObject({ code: 0, out: expect.stringContaining("nothing is wrong") });
    const other = await run("audit d.tsv --model large-digit.onnx --data digits.npz --redraw 3 --binary logit");
    expect(other).toMatchObject({ code: 1, out: expect.stringContaining("model, hash") });
  });
});

describe("the accuracy without noise", () => {
  it("is that of Python, and what would raise it is named", async () => {
    const good = await run(`certify keras.onnx ${DIGITS} --out f.tsv`);
    const { labels } = await digitLabels();
    const right = pythonLabels("scores_4d").filter((label, i) => label === labels[i]).length;
    expect(good.err).toContain(`  without noise: ${right} of 100 images right\n`);
    expect(good.err).not.toContain("warning");
    const poor = await run(`certify trained-on-bytes.onnx ${DIGITS} --out g.tsv`);
    expect(poor.err).toContain(
      `warning: that is no better than guessing; it gets ${right} of 100 with --scale 255. See --mean, --std, --scale,`,
    );
    const fed = await run(`certify trained-on-bytes.onnx ${DIGITS} --scale 255 --out h.tsv`);
    expect(fed.err).toContain(`  without noise: ${right} of 100 images right\n`);
    const middling = await run(`certify half-range.onnx ${DIGITS} --out i.tsv`);
    expect(middling.err).toContain(`${right} of 100 with --mean 0.5 --std 0.5`);
    expect(middling.err).not.toContain("guessing");
    const wrongly = await run(`certify keras.onnx ${DIGITS} --mean -9 --out j.tsv`);
    expect(wrongly.err).toContain(`${right} of 100 with no --scale, --mean, --std`);
  });

  it("says so where nothing helps, and nothing of models that prepare pixels themselves", async () => {
    const { err } = await run(`certify tfjs-model ${VOTES} --engine wasm --out k.tsv`);
    expect(err).toContain(
      "warning: that is no better than guessing; the usual ways of scaling its input do no better. See --mean",
    );
  });
});

describe("tables", () => {
  it("have their own units everywhere", async () => {
    const data = "--data npy:iris-x.npy,iris-y.npy";
    const { err, out, code } = await run(`certify iris.onnx ${data} --sigma 0.3 --n 200 --alpha 0.01 --out l.tsv`);
    expect({ code, err }).toEqual({ code: 0, err: expect.stringContaining("sigma 0.3 in the data's own units") });
    expect(out).toContain("within reach, in the data's own units");
    expect(await readHeader("l.tsv")).toMatchObject({ data: { pixelType: "values", shape: [1, 1, 4], length: 150 } });
    await run("curve l.tsv --out l.svg");
    expect(await readFile("l.svg", "utf8")).toContain("L2 radius (in the data's own units)");
    const audited = await run(`audit l.tsv --model iris.onnx ${data} --redraw 3`);
    expect(audited.out).toContain("nothing is wrong");
    expect((await run("data npy:iris-x.npy,iris-y.npy")).out).toContain("shape    4 values each\n");
  });

  it("are attacked beyond [0, 1]", async () => {
    const data = "--data npy:iris-x.npy,iris-y.npy";
    const words = "--images 3 --votes 500 --copies 500 --steps 8 --json";
    await run(`certify iris.onnx ${data} --sigma 0.3 --n 200 --alpha 0.01 --out m.tsv`);
    const attacked = await run(`attack m.tsv --model iris.onnx ${data} ${words}`);
    // All values of an iris are above 0.1, most above 1: clipped to [0, 1], no change would be small.
    const { images } = JSON.parse(attacked.out) as { images: { attackRadius: number | null; radius: number }[] };
    for (const { attackRadius, radius } of images) expect(attackRadius).toBeLessThan(5 * radius);
  });
});

describe("predict", () => {
  it("takes the size of an image from the model's input", async () => {
    expect((await run("predict mnist.onnx nine.png --sigma 0.25")).out).toMatch(/^9\n/);
    const refused = await run("predict flat.onnx nine.png --sigma 0.25");
    expect(refused).toMatchObject({ code: 2, out: "" });
    expect(refused.err).toContain("--data or --size must be given: flat.onnx doesn't say the size of its images");
    expect(refused.err).toContain("[batch, 784, 1]");
    expect((await run("predict flat.onnx nine.png --sigma 0.25 --size 28x28x1")).out).toMatch(/^9\n/);
    expect((await run("predict flat.onnx nine.png --sigma 0.25 --data mnist")).out).toMatch(/^9\n/);
    const wrong = await run("predict flat.onnx nine.png --sigma 0.25 --size 28x28");
    expect(wrong).toMatchObject({ code: 2, err: expect.stringContaining("such as 28x28x1") });
  });
});

async function digitLabels(): Promise<{ labels: number[] }> {
  const dataset = await loadDataset("npz:digits.npz", "test");
  return { labels: Array.from({ length: dataset.length }, (_, i) => dataset.example(i).label) };
}
