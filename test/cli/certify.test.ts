import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { readFile, rm, writeFile } from "node:fs/promises";
import { promisify } from "node:util";
import * as tf from "@tensorflow/tfjs-core";
import {
  buildModel,
  CounterRandom,
  exportOnnx,
  gridNoise,
  inferMetadata,
  loadDataset,
  loadModel,
  nextDown,
  normalUpperTail,
  STREAM,
  saveModel,
  signatureOf,
  useEngine,
} from "smoothcert";
import {
  ABSTAIN,
  certifiedRadius,
  clopperPearsonLower,
  headerPath,
  LOG_COLUMNS,
  type LogRow,
  largestRadius,
  readHeader,
  readLog,
  type SparseCounts,
} from "smoothcert/certify";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { repetitions } from "../laws/effort.js";
import { runSeed } from "../laws/seed.js";
import { gaussianAt } from "../laws/theorem.js";
import { folderWithRun, PROGRAM, smoothcert, start, writeDigits } from "./support.js";

const folder = folderWithRun();
const COUNT = 60;
/** The first images of the test set as a data set of their own: it loads at once. */
let digits: string;

beforeAll(async () => {
  digits = await writeDigits(folder.path, COUNT);
});

interface Certified {
  readonly out: string;
  readonly err: string;
  readonly rows: readonly LogRow[];
}

/** Runs `certify` in this process into a log of that name, on the digits unless told otherwise. */
async function certify(model: string, log: string, options: string): Promise<Certified> {
  const path = folder.at(log);
  const { code, out, err } = await smoothcert("certify", folder.at(model), ...wordsOf(path, options));
  if (code !== 0) throw new Error(`exit code ${code}: ${err}`);
  return { out, err, rows: await rowsOf(path) };
}

function wordsOf(log: string, options: string): string[] {
  const data = options.includes("--data") ? [] : ["--data", digits];
  return ["--out", log, ...data, ...options.split(" ").filter((word) => word !== "")];
}

/** The rows but for the time they took, which their checksums cover. */
async function rowsOf(log: string): Promise<LogRow[]> {
  return (await readLog(log)).rows.map(({ time: _, check: __, ...row }) => row);
}

const votes = (counts: SparseCounts | undefined): number => (counts ?? []).reduce((sum, [, count]) => sum + count, 0);

/** The samples whose labels differ between two logs of the same noise: at least half the difference of the counts. */
function differingVotes(a: readonly LogRow[], b: readonly LogRow[]): number {
  const dense = ({ counts0, counts }: LogRow): Map<string, number> =>
    new Map([...counts0!.map(([c, k]) => [`0:${c}`, k] as const), ...counts!.map(([c, k]) => [`1:${c}`, k] as const)]);
  const difference = (x: Map<string, number>, y: Map<string, number>): number =>
    [...new Set([...x.keys(), ...y.keys()])].reduce((sum, c) => sum + Math.abs((x.get(c) ?? 0) - (y.get(c) ?? 0)), 0);
  return a.reduce((sum, row, i) => sum + difference(dense(row), dense(b[i])) / 2, 0);
}

describe("the log", () => {
  it("has the columns and the header that docs/log-format.md lists", async () => {
    const document = await readFile(new URL("../../docs/log-format.md", import.meta.url), "utf8");
    const { err } = await certify("run", "form.tsv", "--n 1000 --n0 50 --alpha 0.01 --seed 5 --skip 6");
    const lines = (await readFile(folder.at("form.tsv"), "utf8")).trimEnd().split("\n");
    expect(lines[0].split("\t")).toEqual([...LOG_COLUMNS]);
    const documented = document.slice(0, document.indexOf("## Header")).matchAll(/^\| `(\w+)` +\|/gm);
    expect([...documented].map(([, column]) => column)).toEqual([...LOG_COLUMNS]);
    expect(lines).toHaveLength(1 + COUNT / 6);
    expect(JSON.parse(await readFile(folder.at("form.json"), "utf8"))).toEqual({
      format: "smoothcert-log",
      version: 2,
      method: "certify",
      smoothcert: expect.stringMatching(/^\d+\.\d+\.\d+/),
      created: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      sigma: 0.25,
      n0: 50,
      n: 1000,
      alpha: 0.01,
      seed: 5,
      noise: "gaussian-grid/philox4x32-10/1",
      noiseDistance: gridNoise(0.25).distance!(784),
      bound: "one-sided",
      interval: "clopper-pearson",
      skip: 6,
      max: COUNT,
      model: {
        name: "run",
        hash: expect.stringMatching(/^[0-9a-f]{64}$/),
        runtime: expect.stringMatching(/^onnxruntime-node \d/),
        trainingSigma: 0.25,
        trainingData: expect.stringMatching(/^[0-9a-f]{64}$/),
      },
      data: {
        name: "digits",
        split: "test",
        hash: expect.stringMatching(/^[0-9a-f]{64}$/),
        length: COUNT,
        shape: [28, 28, 1],
        pixelType: "bytes",
        classes: ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"],
      },
      check: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(err).not.toContain("warning");
  });

  it("warns where the images are those of the training, and where that isn't over", async () => {
    await useEngine("wasm");
    const { inputShape, classes } = { inputShape: [28, 28, 1] as const, classes: 10 };
    const model = buildModel("linear", { inputShape, classes, seed: 3 });
    const whole = (await loadDataset(digits, "train")).hash();
    const data = { name: "digits", hash: "ab".repeat(32), partOf: whole };
    const training = { sigma: 0.25, data, epochs: 2, plannedEpochs: 5 };
    await saveModel(model, { ...inferMetadata(signatureOf(model)), training }, folder.at("seen"));
    const { err } = await certify("seen", "seen.tsv", "--n 100 --n0 10 --skip 30");
    expect(err).toContain(
      "warning: the model was trained on this very set of images, digits: on others it may do worse",
    );
    expect(err).toContain("warning: the model was saved after 2 of 5 epochs: its training is not finished");
    expect((await readHeader(folder.at("seen.tsv")))?.model).toMatchObject({ trainingData: whole });
  });

  it("holds radii that follow from its own counts, none above that of its pALower", async () => {
    const { rows } = await certify("run", "radii.tsv", "--n 200 --n0 30 --alpha 0.01");
    const mnist = await loadDataset(digits, "test");
    expect(rows.map(({ idx }) => idx)).toEqual(Array.from({ length: COUNT }, (_, i) => i));
    for (const { idx, label, predict, radius, correct, nA, n, pALower, counts0, counts } of rows) {
      expect(label).toBe(mnist.example(idx).label);
      expect([votes(counts0), votes(counts), n]).toEqual([30, 200, 200]);
      const most = Math.max(...counts0!.map(([, count]) => count));
      const selected = counts0!.find(([, count]) => count === most)![0];
      expect(nA).toBe(new Map(counts).get(selected) ?? 0);
      expect(pALower).toBe(nextDown(clopperPearsonLower(nA!, 200, 0.01) - gridNoise(0.25).distance!(784)));
      expect(predict).toBe(pALower! > 0.5 ? selected : ABSTAIN);
      expect(radius).toBe(predict === ABSTAIN ? 0 : certifiedRadius(0.25, pALower!));
      if (radius > 0) expect(normalUpperTail(radius / 0.25)).toBeGreaterThanOrEqual(1 - pALower!);
      expect(correct).toBe(predict === label);
    }
    // The model is good enough that the above is not about abstentions alone.
    expect(rows.filter(({ radius }) => radius > 0).length).toBeGreaterThan(COUNT / 2);
  });

  it.each([
    ["--skip 7", (i: number) => i % 7 === 0],
    ["--max 9", (i: number) => i < 9],
    ["--skip 7 --max 22", (i: number) => i % 7 === 0 && i < 22],
    ["--skip 7 --max 21", (i: number) => i % 7 === 0 && i < 21],
    ["--skip 100", (i: number) => i === 0],
    ["--max 1000", () => true],
  ])("with %s holds those rows of the whole log", async (options, holds) => {
    const name = options.replaceAll(" ", "");
    const whole = (await certify("run", "whole.tsv", "--n 40 --n0 5")).rows;
    const { rows } = await certify("run", `${name}.tsv`, `--n 40 --n0 5 ${options}`);
    expect(rows).toEqual(whole.filter(({ idx }) => holds(idx)));
  });

  it("takes --skip and --max within the --split asked for", async () => {
    const train = await loadDataset("mnist", "train");
    const { rows } = await certify(
      "run",
      "train.tsv",
      "--data mnist --split train --skip 9999 --max 40000 --n 20 --n0 5",
    );
    const expected = [0, 9999, 19998, 29997, 39996];
    expect(rows.map(({ idx, label }) => [idx, label])).toEqual(expected.map((i) => [i, train.example(i).label]));
    expect(await readHeader(folder.at("train.tsv"))).toMatchObject({ data: { split: "train", length: 60_000 } });
  });
});

describe("what is said", () => {
  it("is, before sampling, sigma in both units, the largest radius and the expected time", async () => {
    const { err, out } = await certify("run", "said.tsv", "--n 100 --skip 30 --sigma 64/255");
    const reach = (
      Math.floor(1e4 * largestRadius({ n0: 1, n: 100, alpha: 0.001 }, 10, gaussianAt(64 / 255))) / 1e4
    ).toFixed(4);
    const lines = err.split("\n");
    expect(lines[0]).toMatch(/^Certifying run \(onnxruntime-node .*\) on 2 images of digits test$/);
    expect(lines[1]).toContain(
      "sigma 0.25098 for pixels in [0, 1] (64 for 0..255), n0 = 100, n = 100, alpha = 0.001, seed 0",
    );
    expect(lines[2]).toBe(`  largest reachable radius: ${reach}, if all 100 votes agree`);
    expect(lines[3]).toMatch(/^warning: the model was trained with sigma 0\.25, not 0\.2509\d*; its accuracy/);
    expect(lines[4]).toMatch(/^ {2}without noise: \d of 2 images right$/);
    expect(lines[5]).toMatch(/^ {2}\d+ samples\/s: about [\d.]+ s for 2 images$/);
    expect(out).toContain(`run: ${folder.at("said.tsv")}\n`);
    expect(out).toContain("2 points");
    expect(out).toContain(`The curve: smoothcert curve ${folder.at("said.tsv")}\n`);
  });

  it("is, by a finished log, that nothing is left to do; the log stays as it is", async () => {
    const first = await certify("run", "twice.tsv", "--n 50 --skip 30");
    const before = await readFile(folder.at("twice.tsv"), "utf8");
    const again = await certify("run", "twice.tsv", "--n 50 --skip 30");
    expect(again.err).toContain(`all of them are in ${folder.at("twice.tsv")} already: nothing is left to do`);
    expect(again.err).not.toContain("samples/s");
    expect(again.out).toBe(first.out);
    expect(await readFile(folder.at("twice.tsv"), "utf8")).toBe(before);
    const more = await certify("run", "twice.tsv", "--n 50 --skip 30 --max 30");
    expect(more.rows).toEqual(first.rows);
  });

  it("is one JSON object under --json", async () => {
    const { out, rows } = await certify("run", "json.tsv", "--n 200 --skip 6 --json");
    expect(out).toMatch(/^\{.*\}\n$/);
    expect(JSON.parse(out)).toMatchObject({
      file: folder.at("json.tsv"),
      label: "run",
      sigma: 0.25,
      n: 200,
      alpha: 0.001,
      largestRadius: largestRadius(
        { n0: 1, n: 200, alpha: 0.001 },
        10,
        gaussianAt(0.25, gridNoise(0.25).distance!(784)),
      ),
      points: 10,
      abstentions: rows.filter(({ predict }) => predict === ABSTAIN).length,
      cleanAccuracy: rows.filter(({ correct }) => correct).length / 10,
    });
  });
});

/** Lines of a log that are written so far. */
async function linesOf(log: string): Promise<number> {
  return existsSync(log) ? (await readFile(log, "utf8")).split("\n").length - 1 : 0;
}

/** Enough work to be interrupted in. */
const LONG = "--n 5000 --n0 50";
/** At least; each costs a start of the program. test/certify/run/kill.test.ts kills more often, with less to start. */
const KILLS = repetitions(4, 2);

describe("a certification in a process of its own", () => {
  let expected: readonly LogRow[];
  let secondsPerRow: number;
  beforeAll(async () => {
    expected = (await certify("run", "long.tsv", LONG)).rows;
    const { rows } = await readLog(folder.at("long.tsv"));
    secondsPerRow = rows.reduce((sum, { time }) => sum + time!, 0) / COUNT;
  });

  it("killed with SIGKILL at random moments and started again ends in the rows of an uninterrupted one", async () => {
    const log = folder.at("killed.tsv");
    const words = ["certify", folder.at("run"), ...wordsOf(log, LONG)];
    const random = new CounterRandom({ seed: runSeed, stream: STREAM.theory, example: 1, sample: 0 });
    const rowsAtKill = new Set<number>();
    for (let kills = 0; kills < KILLS || rowsAtKill.size < 2; ) {
      const { child, outcome, said } = start(...words);
      await said("samples/s");
      // Some rows are under way side by side before the first one is done.
      setTimeout(() => child.kill("SIGKILL"), 10_000 * secondsPerRow * random.uniform());
      const { code, err } = await outcome;
      if (code === undefined) {
        kills += 1;
        rowsAtKill.add((await linesOf(log)) - 1);
      } else {
        // A quick machine was done before the kill: that log must be right as well, and the next one starts anew.
        expect({ code, err, rows: await rowsOf(log) }).toEqual({ code: 0, err, rows: expected });
        await rm(log);
        await rm(headerPath(log));
      }
    }
    expect((await smoothcert(...words)).code).toBe(0);
    expect(await rowsOf(log)).toEqual(expected);
    const whole = await readHeader(folder.at("long.tsv"));
    expect(await readHeader(log)).toEqual({ ...whole, created: expect.any(String) });
  }, 180_000);

  it("stopped by Ctrl-C keeps its rows, exits with 130, and names the command that completes them", async () => {
    const log = folder.at("it's stopped.tsv");
    const { child, outcome } = start("certify", folder.at("run"), ...wordsOf(log, LONG));
    await vi.waitUntil(async () => (await linesOf(log)) > 2, { timeout: 60_000, interval: 10 });
    child.kill("SIGINT");
    const { code, out, err } = await outcome;
    expect({ code, out }).toEqual({ code: 130, out: "" });
    expect(err).toContain("Stopping after this step; press Ctrl-C again to quit at once.\n");
    const told = /\nstopped with (\d+) more images? certified\. Resume with: smoothcert (.*)\n$/.exec(err)!;
    const kept = await rowsOf(log);
    expect(kept).toEqual(expected.slice(0, Number(told[1])));
    await promisify(execFile)("sh", ["-c", `'${process.execPath}' '${PROGRAM}' ${told[2]}`]);
    expect(await rowsOf(log)).toEqual(expected);
  });
});

describe("ONNX Runtime and TensorFlow.js", () => {
  it("give the same predictions, and radii that differ through few labels at most", async () => {
    const words = "--model mlp --limit 1000 --epochs 2 --lr 0.05 --sigma 0.25 --engine wasm";
    expect(await smoothcert("train", ...words.split(" "), "--out", folder.at("mlp"))).toMatchObject({ code: 0 });
    const settings = "--n 900 --n0 100 --skip 6";
    const onnx = await certify("mlp", "mlp-onnx.tsv", `${settings} --runtime onnx`);
    const tfjs = await certify("mlp", "mlp-tfjs.tsv", `${settings} --runtime tfjs --engine wasm`);
    expect(await readHeader(folder.at("mlp-tfjs.tsv"))).toMatchObject({ model: { runtime: "tfjs-wasm 4.22.0" } });
    expect(onnx.rows.filter(({ radius }) => radius > 0).length).toBeGreaterThan(onnx.rows.length / 2);
    const differing = differingVotes(onnx.rows, tfjs.rows);
    const total = onnx.rows.length * 1000;
    console.info(`${differing} of ${total} labels differ between ONNX Runtime and TensorFlow.js`);
    // Both compute in float32: a label differs where two logits agree to about 1e-6 of their size, once in some 1e5.
    expect(differing).toBeLessThanOrEqual(10);
    expect(tfjs.rows.map(({ predict }) => predict)).toEqual(onnx.rows.map(({ predict }) => predict));
    for (const [i, { nA, radius }] of onnx.rows.entries()) {
      if (tfjs.rows[i].nA === nA) expect(tfjs.rows[i].radius).toBe(radius);
    }
  });
});

/** Bytes of a NumPy file of unsigned bytes. */
function npyBytes(shape: readonly number[], values: Uint8Array): Buffer {
  const header = `{'descr': '|u1', 'fortran_order': False, 'shape': (${shape.join(", ")},), }`;
  const padded = header.padEnd(64 * Math.ceil((header.length + 11) / 64) - 11).concat("\n");
  const magic = Buffer.from([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, padded.length & 255, padded.length >> 8]);
  return Buffer.concat([magic, Buffer.from(padded, "latin1"), values]);
}

describe("a foreign ONNX model", () => {
  it.each(["nchw", "nhwc"] as const)(
    "of layout %s, without a record, gives the rows of the run it came from",
    async (layout) => {
      const { model } = await loadModel(folder.at("run"));
      await writeFile(folder.at(`${layout}.onnx`), exportOnnx(model, { layout }));
      const settings = "--n 300 --n0 50 --skip 10";
      const { rows: own } = await certify("run", `own-${layout}.tsv`, settings);
      const { rows, err } = await certify(`${layout}.onnx`, `${layout}.tsv`, `${settings} --sigma 0.25`);
      expect(rows).toEqual(own);
      expect(err).not.toContain("warning");
      expect(await readHeader(folder.at(`${layout}.tsv`))).toMatchObject({ model: { name: `${layout}.onnx` } });
    },
  );

  it("is fed coloured images in the order that its input's shape tells", async () => {
    const inputShape = [6, 5, 3] as const;
    const model = buildModel("linear", { inputShape: [...inputShape], classes: 10, seed: 3 });
    await saveModel(model, inferMetadata(signatureOf(model)), folder.at("colour"));
    const random = new CounterRandom({ seed: runSeed, stream: STREAM.theory, example: 2, sample: 0 });
    const pixels = Uint8Array.from({ length: 20 * 6 * 5 * 3 }, () => random.integer(256));
    await writeFile(folder.at("colour-x.npy"), npyBytes([20, ...inputShape], pixels));
    await writeFile(
      folder.at("colour-y.npy"),
      npyBytes(
        [20],
        Uint8Array.from({ length: 20 }, (_, i) => i % 10),
      ),
    );
    const settings = `--data npy:${folder.at("colour-x.npy")},${folder.at("colour-y.npy")} --sigma 0.1 --n 300 --n0 50`;
    const { rows: own } = await certify("colour", "colour.tsv", settings);
    for (const layout of ["nchw", "nhwc"] as const) {
      await writeFile(folder.at(`colour-${layout}.onnx`), exportOnnx(model, { layout }));
      const { rows } = await certify(`colour-${layout}.onnx`, `colour-${layout}.tsv`, settings);
      // 7000 labels: fed in a wrong order, most would differ.
      expect(differingVotes(rows, own)).toBeLessThanOrEqual(3);
    }
    const wrong = await smoothcert(
      ...["certify", folder.at("colour-nchw.onnx"), "--layout", "nhwc", ...wordsOf(folder.at("wrong.tsv"), settings)],
    );
    expect(wrong).toMatchObject({ code: 1, err: expect.stringContaining("as [N, 6, 5, 3], found [N, 3, 6, 5]") });
  });

  it("is fed what --scale, --mean and --std say", async () => {
    const [scale, mean, std] = [255, 33.3, 78.6];
    const { model } = await loadModel(folder.at("run"));
    const [kernel, bias] = model.getWeights();
    // The network is fed y = (255 x - mean) / std in place of x, so x = (std y + mean) / 255.
    model.setWeights([tf.mul(kernel, std / scale), tf.add(bias, tf.mul(tf.sum(kernel, 0), mean / scale))]);
    await writeFile(folder.at("bytes.onnx"), exportOnnx(model));
    const settings = "--n 300 --n0 50 --skip 6";
    const { rows: own } = await certify("run", "own-bytes.tsv", settings);
    const flags = `--scale ${scale} --mean ${mean} --std ${std} --sigma 0.25`;
    const { rows } = await certify("bytes.onnx", "bytes.tsv", `${settings} ${flags}`);
    const { rows: unscaled } = await certify("bytes.onnx", "unscaled.tsv", `${settings} --sigma 0.25`);
    // 3500 labels; a few may stand on a knife's edge.
    expect(differingVotes(rows, own)).toBeLessThanOrEqual(3);
    expect(differingVotes(unscaled, own)).toBeGreaterThan(100);
  });
});
