/** What commands do with a model that is not the one of the log, or that is no function of one image. */
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";
import { loadModel, useEngine } from "smoothcert";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { floats, node, onnxModel } from "../models/onnx-graphs.js";
import { smoothcert, writeDigits } from "./support.js";

const CASES = join(import.meta.dirname, "../fixtures/cases");
const SETTINGS = ["--sigma", "0.5", "--n0", "10", "--n", "40", "--alpha", "0.01"];
let folder: string;
let digits: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "smoothcert-base-"));
  digits = await writeDigits(folder, 10);
  await useEngine("wasm");
});
afterAll(() => rm(folder, { recursive: true }));

describe("a model whose external data were replaced", () => {
  const place = (version: string): Promise<void> =>
    cp(join(CASES, "external-data-hash", version), join(folder, "model"), { recursive: true });
  const certify = (max: string) => {
    const model = join(folder, "model/classifier.onnx");
    return smoothcert("certify", model, "--data", digits, ...SETTINGS, "--max", max);
  };

  it("is another one to certify, on resuming too, to audit and to attack; put back, it is the same", async () => {
    const model = join(folder, "model/classifier.onnx");
    const log = join(folder, "model/classifier.certify.tsv");
    const audit = ["audit", log, "--model", model, "--data", digits, "--redraw", "all"];
    const attack = [
      "attack",
      log,
      "--model",
      model,
      "--data",
      digits,
      "--images",
      "1",
      "--steps",
      "1",
      "--votes",
      "50",
    ];
    await place("v1");
    expect((await certify("10")).code).toBe(0);
    const rows = (await readFile(log, "utf8")).split("\n");
    await writeFile(log, `${rows.slice(0, 6).join("\n")}\n`);

    await place("v2");
    const resumed = await certify("10");
    expect([resumed.code, resumed.err]).toEqual([
      1,
      expect.stringContaining("was made with other settings: model.hash"),
    ]);
    const audited = await smoothcert(...audit);
    expect([audited.code, audited.out]).toEqual([
      1,
      expect.stringMatching(/model, hash: [0-9a-f]{64}, where the header/),
    ]);
    expect(audited.out).toContain(
      "votes not drawn again (the model is not that of the log): all 5 rows rely on the votes",
    );
    const attacked = await smoothcert(...attack);
    expect([attacked.code, attacked.err]).toEqual([1, expect.stringContaining("was made from a model with SHA-256")]);
    expect((await readFile(log, "utf8")).split("\n").length).toBe(7);

    await place("v1");
    expect((await certify("10")).code).toBe(0);
    // But for the seconds in the sixth column and the checksum, the same rows.
    const votes = (lines: readonly string[]) => lines.map((line) => line.split("\t").toSpliced(5, 1).slice(0, 8));
    expect(votes((await readFile(log, "utf8")).split("\n"))).toEqual(votes(rows));
    expect(await smoothcert(...audit)).toMatchObject({ code: 0 });
    expect((await smoothcert(...attack, "--copies", "20", "--alpha", "0.01")).code).toBe(0);
  });
});

describe("what an audit says of its reach", () => {
  it("tells rows that were drawn again from those that were derived alone, in text and JSON", async () => {
    const log = join(folder, "model/classifier.certify.tsv");
    const words = ["audit", log, "--model", join(folder, "model/classifier.onnx"), "--data", digits];
    const some = await smoothcert(...words, "--redraw", "4");
    expect(some.out).toContain("\n  4 of them drawn again from model and data; the other 6 rely on the votes");
    const all = await smoothcert(...words, "--redraw", "all");
    expect(all.out).toContain("\n  10 of them drawn again from model and data\n");
    const json = JSON.parse((await smoothcert(...words, "--redraw", "4", "--json")).out) as { redrawn: number[] };
    expect(json).toMatchObject({ rows: 10, derivedOnly: 6 });
    expect(json.redrawn.length).toBe(4);
  });

  it.each([
    [[], "no --model"],
    [["--model", "model/classifier.onnx", "--redraw", "0"], "--redraw 0"],
  ])("says why none were, with %j", async (options, why) => {
    const log = join(folder, "model/classifier.certify.tsv");
    const given = options.map((word) => (word.startsWith("model/") ? join(folder, word) : word));
    const { out } = await smoothcert("audit", log, ...given, "--data", digits);
    expect(out).toContain(
      `\n  votes not drawn again (${why}): all 10 rows rely on the votes in the log, which were not`,
    );
    const json = JSON.parse((await smoothcert("audit", log, ...given, "--data", digits, "--json")).out) as object;
    expect(json).toMatchObject({ redrawn: [], notRedrawn: why, derivedOnly: 10 });
  });
});

describe("a model that is no function of one image", () => {
  it.each(["batch-dependent/bn_train.onnx", "random-op/random.onnx"])(
    "is refused by certify, predict and audit, whatever the batch size: %s",
    async (name) => {
      const model = join(CASES, name);
      const log = join(folder, "model/classifier.certify.tsv");
      const commands = [
        ["certify", model, "--data", digits, ...SETTINGS, "--out", join(folder, "none.tsv")],
        ["certify", model, "--data", digits, ...SETTINGS, "--out", join(folder, "none.tsv"), "--batch-size", "1"],
        ["predict", model, "3", "--data", digits, "--sigma", "0.5"],
        ["audit", log, "--model", model, "--data", digits],
      ];
      for (const words of commands) {
        const { code, err } = await smoothcert(...words);
        expect([code, err]).toEqual([
          1,
          expect.stringContaining(`${model}: expected a function of one image, but its `),
        ]);
      }
      await expect(readFile(join(folder, "none.tsv"))).rejects.toThrow("ENOENT");
    },
  );

  it("is refused from TensorFlow.js too, where a layer works along the batch", async () => {
    const open = async (axis: number): Promise<string> => {
      const model = tfl.sequential();
      model.add(tfl.layers.flatten({ inputShape: [28, 28, 1] }));
      model.add(tfl.layers.dense({ units: 10, kernelInitializer: tfl.initializers.glorotNormal({ seed: 3 }) }));
      model.add(tfl.layers.layerNormalization({ axis, center: false, scale: false }));
      const path = join(folder, `layers${axis}`);
      await save(model, path);
      return path;
    };
    const words = ["--data", digits, ...SETTINGS, "--runtime", "tfjs", "--engine", "wasm", "--max", "2"];
    const [good, bad] = [await open(1), await open(0)];
    const taken = await smoothcert("certify", good, ...words, "--out", join(folder, "layers.tsv"));
    expect([taken.code, taken.err]).toEqual([0, expect.stringContaining("Certifying layers1")]);
    for (const size of [[], ["--batch-size", "1"]]) {
      const refused = await smoothcert("certify", bad, ...words, ...size, "--out", join(folder, "no.tsv"));
      expect(refused.code).toBe(1);
      expect(refused.err).toContain(`${bad}: expected a function of one image, but its scores for an image depend on`);
    }
  });
});

describe("an output that is no number", () => {
  it("ends a certification with exit code 1, the model, the image and the copy", async () => {
    const model = join(folder, "roots.onnx");
    const nodes = [node("Sqrt", ["x"], ["r"]), node("MatMul", ["r", "W"], ["y"])];
    await writeFile(model, onnxModel({ opset: 17, input: ["N", 784], nodes, constants: [floats("W", [784, 10])] }));
    const log = join(folder, "roots.tsv");
    const { code, err } = await smoothcert(
      "certify",
      model,
      "--data",
      digits,
      ...SETTINGS,
      "--skip",
      "3",
      "--out",
      log,
    );
    expect([code, err]).toEqual([
      1,
      expect.stringMatching(
        / class 0 is NaN; it can't be certified \(image 0 of the data, noisy copy \d+ of a trial, seed 0\)\n$/,
      ),
    ]);
    expect(err).toContain(`error: ${model}: `);
    const predicted = await smoothcert(
      "predict",
      model,
      "7",
      "--data",
      digits,
      "--sigma",
      "0.5",
      "--seed",
      "4",
      "--threads",
      "1",
    );
    expect([predicted.code, predicted.err]).toEqual([
      1,
      `error: ${model}: the model's output for class 0 is NaN; it can't be certified ` +
        "(image 7 of the data, noisy copy 0 of the selection, seed 4)\n",
    ]);
  });
});

describe("a TensorFlow.js folder of several weight files", () => {
  it("has another hash when any byte of any of them is another", async () => {
    const model = tfl.sequential();
    model.add(tfl.layers.flatten({ inputShape: [4, 4, 1] }));
    model.add(tfl.layers.dense({ units: 5, activation: "relu" }));
    model.add(tfl.layers.dense({ units: 3 }));
    const path = join(folder, "shards");
    const shards = await save(model, path);
    expect(shards.length).toBe(3);
    const { hash } = await loadModel(path);
    expect((await loadModel(path)).hash).toBe(hash);
    for (const shard of shards) {
      const bytes = await readFile(shard);
      for (const place of [0, bytes.length - 1]) {
        await writeFile(
          shard,
          bytes.map((value, i) => (i === place ? value ^ 1 : value)),
        );
        expect((await loadModel(path)).hash).not.toBe(hash);
      }
      await writeFile(shard, bytes);
    }
    expect((await loadModel(path)).hash).toBe(hash);
  });
});

/** Saves a model with its weights in three files, two groups of the manifest; returns their paths. */
async function save(model: tfl.LayersModel, path: string): Promise<string[]> {
  await mkdir(path);
  let artifacts: tf.io.ModelArtifacts = {};
  const handler = tf.io.withSaveHandler(async (taken) => {
    artifacts = taken;
    return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: "JSON" } };
  });
  await model.save(handler);
  const specs = artifacts.weightSpecs ?? [];
  const bytes = new Uint8Array(tf.io.CompositeArrayBuffer.join(artifacts.weightData));
  const first = 4 * specs[0].shape.reduce((a, b) => a * b, 1);
  const parts = [bytes.slice(0, 8), bytes.slice(8, first), bytes.slice(first)];
  const names = ["a.bin", "b.bin", "c.bin"];
  const weightsManifest = [
    { paths: names.slice(0, 2), weights: specs.slice(0, 1) },
    { paths: names.slice(2), weights: specs.slice(1) },
  ];
  const topology = { modelTopology: artifacts.modelTopology, weightsManifest, format: "layers-model" };
  await writeFile(join(path, "model.json"), JSON.stringify(topology));
  for (const [i, name] of names.entries()) await writeFile(join(path, name), parts[i]);
  return names.map((name) => join(path, name));
}
