import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadDataset, loadModel, smoothingFor, takeFirst, useEngine } from "smoothcert";
import { certifiedCount, certify, evaluate, layersClassifier, MemoryLogStore } from "smoothcert/certify";
import { type EpochRecord, type RunOptions, trainRun } from "smoothcert/train";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readEvents } from "../event-reader.js";
import { weightsOf } from "../support.js";

const VALIDATION = { images: 20, every: 2, samples: 100, radii: [0.25, 0.5], best: 0.25 };
const SETTINGS = {
  limit: 120,
  model: "linear",
  objective: { name: "gaussian" },
  epochs: 5,
  batch: 20,
  lr: 0.02,
  schedule: "step",
  lrStep: 2,
  warmup: 0,
  validation: VALIDATION,
} as const;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "smoothcert-validation-"));
});
afterEach(() => rm(folder, { recursive: true }));

const options = (name: string, given: Partial<RunOptions> = {}): RunOptions => ({
  out: join(folder, name),
  settings: SETTINGS,
  engine: "wasm",
  version: "1.2.3",
  ...given,
});

const timeless = (history: readonly EpochRecord[]): unknown[] =>
  history.map(({ epoch, loss, log, validation }) => ({
    epoch,
    loss,
    log,
    validation: validation && { ...validation, seconds: 0 },
  }));

describe("a run with validation", () => {
  it("has its metrics every few epochs and at the end, in the history and for TensorBoard", async () => {
    const told: number[] = [];
    const hooks = { onValidation: (epoch: number) => void told.push(epoch) };
    const { history, paths } = await trainRun(options("a", { hooks }));
    expect(told).toEqual([2, 4, 5]);
    expect(history.map(({ validation }) => validation !== undefined)).toEqual([false, true, false, true, true]);
    const lines = (await readFile(paths.history, "utf8")).trim().split("\n");
    expect(lines.map((line) => JSON.parse(line).validation)).toEqual(history.map(({ validation }) => validation));
    const [file] = (await readdir(paths.folder)).filter((name) => name.startsWith("events"));
    const events = readEvents(await readFile(join(paths.folder, file)));
    const curve = (tag: string) =>
      events.filter(({ scalars }) => tag in scalars).map(({ step, scalars }) => [step, scalars[tag]]);
    const of = (figure: (record: EpochRecord) => number) =>
      [2, 4, 5].map((epoch) => [5 * epoch, Math.fround(figure(history[epoch - 1]))]);
    expect(curve("epochs/validation/acr")).toEqual(of(({ validation }) => validation!.acr!));
    expect(curve("epochs/validation/certified_0.25")).toEqual(of(({ validation }) => validation!.certified!["0.25"]));
  });

  it("certifies the images held back, and trains on the others alone", async () => {
    const { history, paths, settings } = await trainRun(options("a"));
    const whole = takeFirst(await loadDataset("mnist", "train"), SETTINGS.limit);
    const held = Array.from({ length: VALIDATION.images }, (_, i) => 6 * i + 3);
    await useEngine("wasm");
    const { model, metadata } = await loadModel(paths.model);
    expect(metadata.training).toMatchObject({ heldBack: 20, data: { hash: whole.hash() } });
    const classifier = layersClassifier(model, { name: "", hash: "", imageShape: whole.shape, engine: "" });
    const smoothing = smoothingFor("gaussian", "bytes", settings.sigma);
    const store = new MemoryLogStore();
    const dataset = { ...whole, length: held.length, example: (i: number) => whole.example(held[i]) };
    await certify(
      {
        classifier,
        dataset,
        smoothing,
        n0: 0,
        n: VALIDATION.samples,
        alpha: 0.001,
        seed: 0,
        skip: 1,
        max: held.length,
      },
      store,
    );
    const rows = store.rows;
    const { accuracy, certified = {} } = history.at(-1)!.validation!;
    for (const radius of [0, ...VALIDATION.radii])
      expect(certified[radius]).toBe(certifiedCount(rows, radius) / held.length);
    const { right } = await evaluate(classifier, dataset, [...held.keys()]);
    expect(accuracy).toBe(right / held.length);
    // A mean over 100 images: none of those held back is among them.
    const percent = 100 * history[0].log.accuracy;
    expect(percent).toBeCloseTo(Math.round(percent), 4);
  });

  it("keeps the model that is best by the metric, the first of equals", async () => {
    const { history, paths } = await trainRun(options("a"));
    const at = ({ validation }: EpochRecord): number => validation?.certified?.["0.25"] ?? -1;
    const best = history.find((record) => at(record) === Math.max(...history.map(at)))!;
    const { model, metadata } = await loadModel(paths.best.model);
    expect(metadata.training?.epochs).toBe(best.epoch);
    const short = await trainRun(options("b", { settings: { ...SETTINGS, epochs: best.epoch } }));
    expect(weightsOf(model)).toEqual(weightsOf((await loadModel(short.paths.model)).model));
    expect((await readdir(paths.best.folder)).sort()).toEqual(["model", "model.onnx"]);
  });

  it("stopped and resumed, has the history and the best model of an unbroken one", async () => {
    const whole = await trainRun(options("whole"));
    const stop = new AbortController();
    const hooks = { onStep: ({ epoch }: { epoch: number }) => epoch === 4 && stop.abort() };
    const parts = options("parts");
    await expect(trainRun({ ...parts, hooks, signal: stop.signal })).rejects.toThrow("after 3 of 5 epochs");
    const resumed = await trainRun({ ...parts, resume: true, settings: {} });
    expect(timeless(resumed.history)).toEqual(timeless(whole.history));
    const [a, b] = await Promise.all([whole, resumed].map(({ paths }) => loadModel(paths.best.model)));
    expect(weightsOf(a.model)).toEqual(weightsOf(b.model));
    await expect(
      trainRun({ ...parts, resume: true, settings: { validation: { ...VALIDATION, every: 1 } } }),
    ).rejects.toThrow("validateEvery must be 2, with which the run was started, got 1");
  });

  it("without noise is evaluated, and keeps the most accurate model", async () => {
    const settings = { ...SETTINGS, sigma: 0, validation: { images: 20, every: 1 } };
    const { history, paths, settings: complete } = await trainRun(options("a", { settings }));
    expect(complete.validation).toEqual({ images: 20, every: 1, samples: 500, radii: [], best: "accuracy" });
    const seconds = expect.any(Number);
    for (const { validation } of history) expect(validation).toEqual({ accuracy: validation!.accuracy, seconds });
    const most = Math.max(...history.map(({ validation }) => validation!.accuracy));
    const { metadata } = await loadModel(paths.best.model);
    expect(metadata.training?.epochs).toBe(history.findIndex(({ validation }) => validation!.accuracy === most) + 1);
  });

  it("refuses radii that its samples can't certify, before it trains", async () => {
    const settings = { ...SETTINGS, validation: { images: 20, samples: 20, radii: [0.5, 1], best: "acr" } } as const;
    await expect(trainRun(options("a", { settings }))).rejects.toThrow(
      /validateRadii must be below 0\.\d+, the largest radius that 20 samples certify, got \[0\.5,1\]/,
    );
    expect(await readdir(folder)).not.toContain("config.json");
  });

  it("trains to the same weights however often it is validated", async () => {
    const { paths } = await trainRun(options("a"));
    const seldom = { ...SETTINGS, validation: { ...VALIDATION, every: 5 } };
    const { paths: other } = await trainRun(options("b", { settings: seldom }));
    const [a, b] = await Promise.all([paths, other].map(({ model }) => loadModel(model)));
    expect(weightsOf(a.model)).toEqual(weightsOf(b.model));
  });
});
