import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  changedSettings,
  completeRunSettings,
  packagedRecipes,
  readConfig,
  readRecipe,
  runPaths,
  withSettings,
} from "smoothcert/train";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { smoothcert } from "./support.js";

let folder: string;
const at = (name: string): string => join(folder, name);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "smoothcert-recipes-"));
});
afterAll(() => rm(folder, { recursive: true }));

const SMALL = "--model mlp --limit 40 --epochs 2 --batch 16 --copies 2 --engine wasm".split(" ");

describe("the recipes of the package", () => {
  it.each(packagedRecipes())("$name: is complete, and says what it trains and whose it is", async ({ name, title }) => {
    const recipe = await readRecipe(name);
    expect(title.length).toBeLessThanOrEqual(75);
    expect(recipe.source).toMatch(/arXiv \d{4}\.\d{5}/);
    const { seed, warmup, limit, ...settings } = completeRunSettings(recipe.settings);
    expect({ seed, limit }).toEqual({ seed: 0, limit: undefined });
    // Nothing is left to defaults, which may change, but what its source doesn't speak of.
    expect({
      augment: "none",
      initialization: "he",
      nesterov: false,
      ema: 0,
      labelSmoothing: 0,
      ...recipe.settings,
      warmup: undefined,
    }).toEqual({
      ...settings,
      warmup: undefined,
    });
  });

  it("have the numbers of Cohen et al. and of Jeong and Shin", async () => {
    const cohen = (await readRecipe("cifar10/gaussian")).settings;
    const sgd = { momentum: 0.9, weightDecay: 1e-4, schedule: "step", lrStep: 30, gamma: 0.1, epochs: 90 };
    expect(cohen).toMatchObject({ ...sgd, model: "resnet110", batch: 400, lr: 0.1, augment: "crop:4,flip" });
    const jeong = (await readRecipe("mnist/gaussian")).settings;
    expect(jeong).toMatchObject({ ...sgd, model: "lenet", batch: 256, lr: 0.01 });
    for (const name of ["cifar10/smoothadv", "cifar10/consistency"]) {
      const { settings } = await readRecipe(name);
      const ofCifar = { model: "resnet110", epochs: 150, lrStep: 50, batch: 128, lr: 0.1, augment: "crop:4,flip" };
      expect(settings).toMatchObject({ ...sgd, ...ofCifar, objective: { copies: 2 } });
    }
  });

  it("stand in the help and in the message that knows no such name", async () => {
    const { out: help } = await smoothcert("train", "--help");
    const { code, err } = await smoothcert("train", "--recipe", "mnist/maxpu", "--out", at("none"));
    expect({ code, err }).toEqual({ code: 2, err: expect.stringMatching(/must be one of .* got "mnist\/maxpu"\n$/) });
    for (const { name, title } of packagedRecipes()) {
      expect(help).toMatch(new RegExp(`^ {2}${name} +${title.replace(/[()]/g, "\\$&")}$`, "m"));
      expect(err).toContain(name);
    }
    expect(existsSync(at("none"))).toBe(false);
  });
});

describe("smoothcert train --recipe", () => {
  it("trains as the recipe says but for what is given beside it, and says what that is", async () => {
    const { code, err } = await smoothcert("train", "--recipe", "mnist/maxup", ...SMALL, "--out", at("run"));
    expect(code).toBe(0);
    expect(err).toMatch(/^Recipe mnist\/maxup: LeNet by MaxUp.*\n {2}source: arXiv 2002\.09024.*\n {2}changed: /);
    expect(err).toContain("model mlp (recipe: lenet)");
    expect(err).toContain("limit 40 (recipe: left open)");
    expect(err).toContain("copies 2 (recipe: 4)");
    const { settings } = await readConfig(runPaths(at("run")).config);
    const asked = { model: "mlp", limit: 40, epochs: 2, batch: 16, objective: { copies: 2 } };
    expect(settings).toEqual(completeRunSettings(withSettings((await readRecipe("mnist/maxup")).settings, asked)));
    expect(settings).toMatchObject({ lr: 0.01, lrStep: 30, objective: { name: "maxup", copies: 2 } });
  });

  it("trains again from a run's folder or from its configuration: the same weights", async () => {
    const weights = (run: string): Promise<string> => readFile(join(runPaths(at(run)).model, "weights.bin"), "base64");
    for (const [recipe, run] of [
      [at("run"), "again"],
      [runPaths(at("run")).config, "once-more"],
    ]) {
      const { code, err } = await smoothcert("train", "--recipe", recipe, "--engine", "wasm", "--out", at(run));
      expect({ code, err }).toEqual({ code: 0, err: expect.stringContaining(`Recipe ${recipe}\nTraining mlp`) });
      expect(await weights(run)).toBe(await weights("run"));
    }
    const other = ["--seed", "1", "--objective", "gaussian", "--engine", "wasm", "--out", at("other")];
    const { err } = await smoothcert("train", "--recipe", at("run"), ...other);
    expect(err).toContain("  changed: seed 1 (recipe: 0), objective gaussian (recipe: maxup)\n");
    expect(await weights("other")).not.toBe(await weights("run"));
  });

  it("warns of a run whose learning rate was lowered while it went on", async () => {
    const config = JSON.parse(await readFile(runPaths(at("run")).config, "utf8"));
    await writeFile(at("lowered.json"), JSON.stringify({ ...config, formerRates: [{ lr: 1, epoch: 0, step: 2 }] }));
    const words = ["--recipe", at("lowered.json"), "--lr", "0.02", "--engine", "wasm", "--out", at("lowered")];
    const { err } = await smoothcert("train", ...words);
    expect(err).toContain("warning: the learning rate of that run was lowered on the way; here it is 0.02 from");
  });

  it.each([
    ["{", /malformed JSON/],
    ["{}", "settings: "],
    ['{"settings": {"sgma": 1}}', /settings: .*sgma/],
    ['{"settings": {"lr": "fast"}}', /settings\.lr: .*number/],
    ['{"settings": {"sigma": -1}}', "expected settings of a run: train: sigma must be finite and at least 0, got -1"],
    ['{"settings": {"objective": {"name": "gaussian", "copies": 2}}}', "train: copies must be left out with objective"],
  ])("refuses %s, naming file and setting", async (text, message) => {
    await writeFile(at("own.json"), text);
    const { code, err } = await smoothcert("train", "--recipe", at("own.json"), "--out", at("none"));
    expect(code).toBe(1);
    expect(err.startsWith(`error: ${at("own.json")}: `)).toBe(true);
    expect(err).toMatch(message);
    expect(existsSync(at("none"))).toBe(false);
  });
});

describe("settings put over others", () => {
  const base = { lr: 0.1, objective: { name: "maxup", copies: 8 }, preprocessing: { scale: 2, mean: [0.1] } };

  it("keep the options of the same method, and the parts of the preprocessing that are not named", () => {
    expect(withSettings(base, {})).toEqual(base);
    expect(withSettings(base, { objective: { screen: 2 } }).objective).toEqual({ ...base.objective, screen: 2 });
    expect(withSettings(base, { objective: { name: "gaussian" } }).objective).toEqual({ name: "gaussian" });
    expect(withSettings({ lr: 1 }, { objective: { copies: 2 } })).toEqual({ lr: 1, objective: { copies: 2 } });
    expect(withSettings(base, { preprocessing: { mean: [0.5] } }).preprocessing).toEqual({ scale: 2, mean: [0.5] });
  });

  it("tell what they change, by the names of the flags", () => {
    const changes = { lr: 0.1, seed: 2, objective: { copies: 4 }, preprocessing: { mean: [0.1], scale: 1 } };
    expect(changedSettings(base, changes)).toEqual([
      { name: "seed", before: undefined, now: 2 },
      { name: "copies", before: 8, now: 4 },
      { name: "scale", before: 2, now: 1 },
    ]);
  });
});
