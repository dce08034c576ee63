import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FileError, loadDataset, loadModel, readOnnxMetadata } from "smoothcert";
import {
  type GivenSettings,
  loadCheckpoint,
  METHODS,
  type RunOptions,
  type RunStart,
  readConfig,
  runPaths,
  trainRun,
} from "smoothcert/train";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { weightsOf } from "./support.js";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "smoothcert-"));
});
afterEach(() => rm(folder, { recursive: true }));

const SETTINGS = {
  limit: 40,
  model: "linear",
  objective: { name: "maxup", copies: 2 },
  epochs: 3,
  batch: 16,
  warmup: 1,
  lr: 0.02,
} satisfies GivenSettings;

const METHOD_NAMES = METHODS.map(({ name }) => name).join(", ");

function options(name: string, given: Partial<RunOptions> = {}): RunOptions {
  return { out: join(folder, name), settings: SETTINGS, engine: "wasm", version: "1.2.3", ...given };
}

/** Trains and stops after a step as Ctrl-C does. */
async function interrupt(run: RunOptions, epoch: number, step: number): Promise<void> {
  const stop = new AbortController();
  const hooks = {
    onStep: (at: { epoch: number; step: number }) => at.epoch === epoch && at.step === step && stop.abort(),
  };
  const message = expect.stringContaining(`checkpoint: ${runPaths(run.out).checkpoint}`);
  await expect(trainRun({ ...run, hooks, signal: stop.signal })).rejects.toMatchObject({
    name: "InterruptedError",
    message,
  });
}

async function lines(path: string): Promise<{ epoch: number; loss: number; lr: number }[]> {
  return (await readFile(path, "utf8"))
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
}

async function modelWeights(run: RunOptions): Promise<Float32Array[]> {
  const { model } = await loadModel(runPaths(run.out).model);
  return weightsOf(model);
}

describe("trainRun", () => {
  it("leaves a folder with configuration, history, checkpoint, model and ONNX model", async () => {
    const run = options("a");
    const { paths, history, settings } = await trainRun(run);
    expect((await readdir(run.out)).sort()).toEqual([
      "checkpoint",
      "config.json",
      expect.stringMatching(/^events\.out\.tfevents\.\d{10}\.\d{3}\.\d+$/),
      "history.jsonl",
      "model",
      "model.onnx",
    ]);
    const config = JSON.parse(await readFile(paths.config, "utf8"));
    expect(config).toMatchObject({ version: "1.2.3", engine: { name: "wasm" }, data: { name: "mnist", examples: 40 } });
    expect(config.settings).toEqual(settings);
    expect(settings).toMatchObject({
      ...SETTINGS,
      data: "mnist",
      sigma: 0.5,
      schedule: "cosine",
      seed: 0,
    });
    expect(await lines(paths.history)).toEqual(history.map(({ log, ...record }) => ({ ...record, ...log })));
    expect(history.map(({ epoch, objective }) => [epoch, objective])).toEqual([
      [1, "gaussian"],
      [2, "maxup"],
      [3, "maxup"],
    ]);
    expect(config.data.partOf).toBe((await loadDataset("mnist", "train")).hash());
    const { metadata } = await loadModel(paths.model);
    expect(metadata).toMatchObject({
      architecture: "linear",
      inputShape: [28, 28, 1],
      training: {
        sigma: 0.5,
        objective: "maxup",
        copies: 2,
        dataSpec: "mnist",
        seed: 0,
        epochs: 3,
        data: { hash: config.data.hash, partOf: config.data.partOf },
      },
      smoothcertVersion: "1.2.3",
    });
    expect(readOnnxMetadata(await readFile(paths.onnx), paths.onnx).metadata?.training).toEqual(metadata.training);
  });

  it("says in the model of a run that isn't over, but not in its best one, how many epochs it is to have", async () => {
    const validation = { images: 10, every: 1, samples: 1000 };
    const run = options("part", { settings: { ...SETTINGS, validation } });
    const { model, best } = runPaths(run.out);
    const found: unknown[] = [];
    const onEpoch = async () => {
      for (const path of [model, best.model]) found.push((await loadModel(path)).metadata.training);
    };
    await trainRun({ ...run, hooks: { onEpoch } });
    const [first, firstBest, , , last] = found;
    expect(first).toMatchObject({ epochs: 1, plannedEpochs: 3 });
    for (const record of [firstBest, last]) expect(record).not.toHaveProperty("plannedEpochs");
    expect(last).toMatchObject({ epochs: 3 });
  });

  it("goes on after stops, in an epoch and at its end, to the weights of an unbroken run, bit for bit", async () => {
    const whole = options("whole");
    const { history } = await trainRun(whole);
    const parts = options("parts");
    await interrupt(parts, 1, 3);
    await interrupt({ ...parts, resume: true, settings: {} }, 2, 2);
    const starts: RunStart[] = [];
    const hooks = { onStart: (start: RunStart) => void starts.push(start) };
    const resumed = await trainRun({ ...parts, resume: true, settings: {}, hooks });
    expect(starts[0]).toMatchObject({ epoch: 1, examples: 32, settings: SETTINGS });
    expect(await modelWeights(parts)).toEqual(await modelWeights(whole));
    const losses = history.map(({ epoch, loss }) => ({ epoch, loss }));
    expect(resumed.history.map(({ epoch, loss }) => ({ epoch, loss }))).toEqual(losses);
    expect((await lines(runPaths(parts.out).history)).map(({ epoch, loss }) => ({ epoch, loss }))).toEqual(losses);
  });

  it("goes on with a run from before there were transforms, to the same weights, bit for bit", async () => {
    const [whole, old] = [options("whole"), options("old")];
    await trainRun(whole);
    await interrupt(old, 2, 1);
    const { config } = runPaths(old.out);
    const { augment, ...settings } = (await readConfig(config)).settings;
    expect(augment).toBe("none");
    await writeFile(config, JSON.stringify({ ...(await readConfig(config)), settings }));
    expect((await trainRun({ ...old, resume: true, settings: {} })).settings.augment).toBe("none");
    expect(await modelWeights(old)).toEqual(await modelWeights(whole));
    expect((await loadModel(runPaths(old.out).model)).metadata.training).not.toHaveProperty("augment");
  });

  it("goes on from the last checkpoint after a kill that left a half-written epoch in the history", async () => {
    const whole = options("whole");
    await trainRun(whole);
    const killed = options("killed");
    await interrupt(killed, 2, 1);
    const { history } = runPaths(killed.out);
    await writeFile(history, `${await readFile(history, "utf8")}{"epoch":2,"loss":9}\n{"epoch":3,"lo`);
    await trainRun({ ...killed, resume: true, settings: {} });
    expect((await lines(history)).map(({ epoch }) => epoch)).toEqual([1, 2, 3]);
    expect(await modelWeights(killed)).toEqual(await modelWeights(whole));
  });

  it("starts from the beginning where the run was killed before its first checkpoint", async () => {
    const [whole, killed] = [options("whole"), options("killed")];
    await trainRun(whole);
    await interrupt(killed, 1, 1);
    await rm(join(killed.out, "checkpoint"), { recursive: true });
    await trainRun({ ...killed, resume: true, settings: {} });
    expect(await modelWeights(killed)).toEqual(await modelWeights(whole));
  });

  it("has nothing left to do in a finished run but to write a model that was lost", async () => {
    const run = options("a");
    const { paths, history } = await trainRun(run);
    const before = await modelWeights(run);
    await rm(paths.model, { recursive: true });
    expect((await trainRun({ ...run, resume: true })).history).toEqual(history);
    expect(await modelWeights(run)).toEqual(before);
  });

  it("is prolonged under the step schedule: as if it had been that long from the start", async () => {
    const step: GivenSettings = { ...SETTINGS, schedule: "step", lrStep: 2 };
    const [short, long] = [options("short", { settings: { ...step, epochs: 2 } }), options("long", { settings: step })];
    await trainRun(short);
    await trainRun(long);
    await trainRun({ ...short, resume: true, settings: { epochs: 3 } });
    expect(await modelWeights(short)).toEqual(await modelWeights(long));
    expect(JSON.parse(await readFile(runPaths(short.out).config, "utf8")).settings.epochs).toBe(3);
  });

  it("goes on with a lower learning rate after a checkpoint, and records up to where the former one held", async () => {
    const run = options("a");
    await interrupt(run, 2, 1);
    await interrupt({ ...run, resume: true, settings: { lr: 0.01 } }, 3, 2);
    await trainRun({ ...run, resume: true, settings: { lr: 0.005 } });
    const config = await readConfig(runPaths(run.out).config);
    expect(config.settings.lr).toBe(0.005);
    expect(config.formerRates).toEqual([
      { lr: 0.02, epoch: 1, step: 1 },
      { lr: 0.01, epoch: 2, step: 2 },
    ]);
    // The cosine schedule at the start of each epoch: 1, 3/4 and 1/4 of the rate that held at its end.
    const rates = (await lines(runPaths(run.out).history)).map(({ lr }) => lr);
    [0.02, 0.0075, 0.00125].forEach((rate, i) => void expect(rates[i]).toBeCloseTo(rate, 12));
  });

  it("is a run with the lower learning rate from the start where there is no checkpoint yet", async () => {
    const [diverging, whole] = [options("a"), options("b", { settings: { ...SETTINGS, lr: 0.01 } })];
    const failed = trainRun({ ...diverging, settings: { ...SETTINGS, lr: 1e20 } });
    await expect(failed).rejects.toMatchObject({ name: "DivergenceError" });
    await expect(failed).rejects.toThrow("last checkpoint: none. Train anew with a lower learning rate than");
    await trainRun({ ...diverging, resume: true, settings: { lr: 0.01 } });
    await trainRun(whole);
    expect(await modelWeights(diverging)).toEqual(await modelWeights(whole));
    expect((await readConfig(runPaths(diverging.out).config)).formerRates).toBeUndefined();
  });

  it("keeps the last good checkpoint and model when it diverges later", async () => {
    // The weights grow by a factor in every step: they leave float32 in the second epoch.
    const run = options("a", { settings: { ...SETTINGS, model: "mlp", lr: 1, lrRamp: 0, weightDecay: 1e3 } });
    const failed = trainRun(run);
    await expect(failed).rejects.toMatchObject({ name: "DivergenceError" });
    const { checkpoint, history } = runPaths(run.out);
    await expect(failed).rejects.toThrow(`last checkpoint: ${checkpoint}, after 1 of 3 epochs and 0 of 3 steps. Go on`);
    expect((await loadCheckpoint(checkpoint)).epoch).toBe(1);
    expect((await lines(history)).map(({ epoch }) => epoch)).toEqual([1]);
    for (const values of await modelWeights(run)) expect(values.every(Number.isFinite)).toBe(true);
  });

  it.each<[Partial<GivenSettings>, string]>([
    [{ lr: 0.1 }, "train: lr must be 0.02, with which the run was started, got 0.1. It can be lowered, not raised."],
    [
      { model: "lenet" },
      'train: model must be "linear", with which the run was started, got "lenet". ' +
        "Leave it out, or train into another folder.",
    ],
    [
      { epochs: 4 },
      "train: epochs must be 3, with which the run was started, got 4. " +
        "Only a run with the step schedule can be prolonged, and none shortened.",
    ],
  ])("is not resumed with %o", async (settings, message) => {
    const run = options("a");
    await interrupt(run, 1, 1);
    const argument = Object.keys(settings)[0];
    const refusal = { name: "ArgumentError", argument, message };
    await expect(trainRun({ ...run, resume: true, settings })).rejects.toMatchObject(refusal);
  });

  it("goes on by itself, given the same settings, to the weights of an uninterrupted run, bit for bit", async () => {
    const [whole, parts] = [options("whole"), options("parts")];
    await trainRun(whole);
    await interrupt(parts, 1, 3);
    await interrupt(parts, 2, 2);
    const starts: RunStart[] = [];
    await trainRun({ ...parts, hooks: { onStart: (start) => void starts.push(start) } });
    expect(starts[0]).toMatchObject({ epoch: 1, examples: 32 });
    expect(await modelWeights(parts)).toEqual(await modelWeights(whole));
  });

  it.each([
    ["before it had a configuration", ["config.json.0123abcd.tmp"]],
    ["before its first checkpoint", ["config.json", "history.jsonl"]],
    [
      "while it wrote its first checkpoint",
      ["config.json", "history.jsonl", "checkpoint/latest.safetensors.0123abcd.tmp"],
    ],
  ])("killed %s, begins again given the same settings, and leaves no temporary file", async (_, files) => {
    const [whole, killed] = [options("whole"), options("killed")];
    const { paths } = await trainRun(whole);
    await mkdir(join(killed.out, "checkpoint"), { recursive: true });
    if (!files.includes("checkpoint/latest.safetensors.0123abcd.tmp"))
      await rm(join(killed.out, "checkpoint"), { recursive: true });
    for (const file of files)
      await writeFile(join(killed.out, file), file === "config.json" ? await readFile(paths.config) : "");
    await trainRun(killed);
    expect(await modelWeights(killed)).toEqual(await modelWeights(whole));
    const left = (await readdir(killed.out, { recursive: true })).filter((name) => /tmp$|^lock/.test(name));
    expect(left).toEqual([]);
  });

  it("lets no other run into its folder while it trains", async () => {
    const run = options("a");
    const others: Promise<unknown>[] = [];
    const hooks = {
      onStep: () => {
        if (others.length > 0) return;
        for (const resume of [true, false]) others.push(trainRun({ ...run, resume }).catch((error: unknown) => error));
      },
    };
    const { history } = await trainRun({ ...run, hooks });
    for (const error of await Promise.all(others)) {
      expect(error).toBeInstanceOf(FileError);
      expect((error as FileError).message).toMatch(
        new RegExp(`^${run.out}: is being written by process ${process.pid} since `),
      );
    }
    expect(await lines(runPaths(run.out).history)).toEqual(
      history.map(({ log, ...record }) => ({ ...record, ...log })),
    );
    expect(await readdir(run.out)).not.toContain("lock");
  });

  it.each(["config.json", "history.jsonl", "model.onnx", "model/weights.bin"])(
    "refuses to begin where %s is no regular file",
    async (name) => {
      const run = options("a");
      const path = join(run.out, name);
      await mkdir(path, { recursive: true });
      await expect(trainRun(run)).rejects.toMatchObject({
        name: "FileError",
        message: `${path}: is a folder, and only regular files are written. Name another file`,
      });
    },
  );

  it("overwrites nothing: a folder with anything else in it is refused", async () => {
    await writeFile(join(folder, "notes.txt"), "mine");
    const found = `got ${folder}, which holds something else`;
    const message = `train: out must be a new folder or that of a run, ${found}. Name another folder.`;
    const refusal = trainRun(options(".", { out: folder }));
    await expect(refusal).rejects.toMatchObject({ name: "ArgumentError", argument: "out", message });
    expect(await readdir(folder)).toEqual(["notes.txt"]);
  });

  it("is not resumed where there is none", async () => {
    const path = join(folder, "none", "config.json");
    const refusal = trainRun(options("none", { resume: true }));
    await expect(refusal).rejects.toMatchObject({ name: "FileError", path });
    await expect(refusal).rejects.toThrow("found none. Start one without --resume.");
  });

  it("is not resumed from damaged files, which are named", async () => {
    const run = options("a");
    await interrupt(run, 2, 1);
    const { config, history, checkpoint } = runPaths(run.out);
    const damage = async (path: string, change: (text: string) => string, message: RegExp): Promise<void> => {
      const good = await readFile(path, "latin1");
      await writeFile(path, change(good), "latin1");
      const refusal = trainRun({ ...run, resume: true, settings: {} });
      await expect(refusal).rejects.toMatchObject({ name: "FileError", path });
      await expect(refusal).rejects.toThrow(message);
      await writeFile(path, good, "latin1");
    };
    await damage(config, (text) => text.slice(0, -9), /malformed JSON: /);
    await damage(
      config,
      (text) => text.replace('"lr": 0.02', '"lr": -1'),
      /damaged one: settings: lr must be .*got -1/,
    );
    await damage(config, (text) => text.replace('"sigma": 0.5', '"sigma": "x"'), /damaged one: settings.sigma: /);
    await damage(
      config,
      (text) => text.replace(/"hash": "./, '"hash": "z'),
      /40 examples with hash z.*found 40 with hash/,
    );
    await damage(history, () => "", /expected the record of epoch 1 in line 1, found $/);
    await damage(
      history,
      (text) => text.replace('"epoch":1', '"epoch":7'),
      /record of epoch 1 in line 1, found \{"epoch":7/,
    );
    await damage(checkpoint, (text) => text.slice(0, -1), /expected a whole checkpoint, found a damaged file/);
    await trainRun({ ...run, resume: true, settings: {} });
  });

  it.each<[GivenSettings, string]>([
    [{ objective: { name: "minup" } }, `train: objective must be one of ${METHOD_NAMES}, got "minup"`],
    [
      { objective: { name: "gaussian", copies: 2 } },
      "train: copies must be left out with objective gaussian, whose options are: none, got 2",
    ],
    [{ objective: { copies: 2, screen: 3 } }, "maxup: screen must be an integer in [1, 2], got 3"],
    [{ objective: { copies: 0 } }, "train: copies (of objective maxup) must be an integer in [1, 65536], got 0"],
    [{ sigma: -0.5 }, "train: sigma must be finite and at least 0, got -0.5"],
    [{ limit: 0 }, "train: limit must be an integer of at least 1, got 0"],
    [{ batch: 0 }, "train: batch must be an integer of at least 1, got 0"],
  ])("refuses %o and makes no folder", async (settings, message) => {
    const run = options("a", { settings: { ...SETTINGS, ...settings } });
    await expect(trainRun(run)).rejects.toMatchObject({ name: "ArgumentError", message });
    expect(await readdir(folder)).toEqual([]);
  });
});
