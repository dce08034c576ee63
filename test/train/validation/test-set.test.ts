import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadDataset, loadModel } from "smoothcert";
import { evaluate, layersClassifier } from "smoothcert/certify";
import { type RunOptions, trainRun } from "smoothcert/train";
import { afterAll, beforeAll, expect, it } from "vitest";
import { readEvents } from "../event-reader.js";
import { weightsOf } from "../support.js";

const SETTINGS = { limit: 60, model: "linear", objective: { name: "gaussian" }, epochs: 3, batch: 20 } as const;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "smoothcert-test-set-"));
});
afterAll(() => rm(folder, { recursive: true }));

const options = (name: string, settings: RunOptions["settings"]): RunOptions => ({
  out: join(folder, name),
  settings: { ...SETTINGS, ...settings },
  engine: "wasm",
  version: "1.2.3",
});

it("evaluates the test set every few epochs and at the end, and changes nothing by it", async () => {
  const { history, paths } = await trainRun(options("tested", { testEvery: 2 }));
  expect(history.map(({ test }) => test !== undefined)).toEqual([false, true, true]);
  const lines = (await readFile(paths.history, "utf8")).trim().split("\n");
  expect(lines.map((line) => JSON.parse(line).test)).toEqual(history.map(({ test }) => test));

  const dataset = await loadDataset("mnist", "test");
  const { model } = await loadModel(paths.model);
  const base = layersClassifier(model, { name: "a", hash: "", imageShape: dataset.shape, engine: "wasm" });
  const { images, right, rightInTop } = await evaluate(
    base,
    dataset,
    Array.from({ length: 10_000 }, (_, i) => i),
  );
  expect(history[2].test).toEqual({ images, accuracy: right / images, top5: rightInTop! / images });
  expect(right).toBeGreaterThan(1000);

  const [file] = (await readdir(paths.folder)).filter((name) => name.startsWith("events"));
  const points = readEvents(await readFile(join(paths.folder, file))).filter(
    ({ scalars }) => "epochs/test/top5" in scalars,
  );
  expect(points.map(({ step, scalars }) => [step, scalars["epochs/test/accuracy"]])).toEqual(
    [2, 3].map((epoch) => [3 * epoch, Math.fround(history[epoch - 1].test!.accuracy)]),
  );

  const untested = await trainRun(options("untested", {}));
  const plain = await loadModel(untested.paths.model);
  expect(weightsOf(plain.model)).toEqual(weightsOf(model));
  const again = await trainRun({ ...options("tested", {}), settings: {}, resume: true });
  expect(again.history).toEqual(history);
});

it("refuses a number of epochs that is none", async () => {
  await expect(trainRun(options("none", { testEvery: 0 }))).rejects.toThrow(
    "train: testEvery must be an integer of at least 1, got 0",
  );
});
