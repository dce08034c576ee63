import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadModel, VERSION } from "smoothcert";
import { readConfig, runPaths, TRANSFORMS, usageOf } from "smoothcert/train";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { trainCommand } from "../../cli/train.js";
import { smoothcert } from "./support.js";

let folder: string;
let out: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "smoothcert-"));
  out = join(folder, "run");
});
afterEach(async () => {
  vi.restoreAllMocks();
  await rm(folder, { recursive: true });
});

const SMALL = "--model mlp --limit 40 --epochs 2 --batch 16 --copies 2 --lr 0.02 --engine wasm";

/** Runs the command and returns what it wrote to standard output and to standard error. */
async function run(
  text: string,
  onNote: (line: string) => void = () => {},
): Promise<{ stdout: string; stderr: string }> {
  const written = { stdout: "", stderr: "" };
  vi.spyOn(process.stdout, "write").mockImplementation((chunk) => {
    written.stdout += chunk;
    return true;
  });
  vi.spyOn(process.stderr, "write").mockImplementation((chunk) => {
    written.stderr += chunk;
    onNote(String(chunk));
    return true;
  });
  const command = trainCommand()
    .exitOverride()
    .configureOutput({ writeErr: () => {} });
  await command.parseAsync([...text.split(" "), "--out", out], { from: "user" });
  return written;
}

describe("smoothcert train", () => {
  it("trains into the folder, says with what, and what to do next", async () => {
    const { stdout, stderr } = await run(
      `${SMALL} --sigma 64/255 --schedule step --lr-step 1 --gamma 0.5 --weight-decay 1e-3`,
    );
    const { settings, version } = await readConfig(runPaths(out).config);
    expect(version).toBe(VERSION);
    expect(settings).toEqual({
      data: "mnist",
      limit: 40,
      model: "mlp",
      initialization: "he",
      objective: { name: "maxup", copies: 2 },
      sigma: 64 / 255,
      augment: "none",
      epochs: 2,
      batch: 16,
      lr: 0.02,
      lrRamp: 100,
      momentum: 0.9,
      nesterov: false,
      weightDecay: 0.001,
      ema: 0,
      labelSmoothing: 0,
      schedule: "step",
      lrStep: 1,
      gamma: 0.5,
      warmup: 0,
      seed: 0,
    });
    expect(stderr).toContain("Training mlp (269322 weights) on 40 images of mnist (tfjs-wasm");
    expect(stderr).toContain("maxup (copies 2), sigma 0.25098 for pixels in [0, 1] (64 for 0..255)");
    expect(stdout).toMatch(
      /^2 epochs in .*: loss \d+\.\d{3}, accuracy \d+\.\d % on the copies that it was trained on\n/,
    );
    expect(stdout).toContain(`model: ${join(out, "model")} (TensorFlow.js), ${join(out, "model.onnx")}\n`);
    expect(stdout).toContain(`smoothcert certify ${out} `);
  });

  it("prints the summary as JSON, and puts preprocessing into the model", async () => {
    const { stdout } = await run(
      `${SMALL.replace("--copies 2 ", "")} --objective gaussian --crop 20,20 --mean 0.13 --std 0.31 --json`,
    );
    const preprocessing = { crop: [20, 20], mean: [0.13], std: [0.31] };
    expect(JSON.parse(stdout)).toMatchObject({
      run: out,
      epochs: 2,
      settings: { objective: { name: "gaussian" }, preprocessing },
    });
    const { metadata } = await loadModel(out);
    expect(metadata.preprocessing).toEqual(preprocessing);
  });

  it("saves on Ctrl-C, and the command in its message goes on", async () => {
    vi.spyOn(process, "argv", "get").mockReturnValue(["node", "main.js", "train", ...SMALL.split(" "), "--out", out]);
    const stopAtOnce = (line: string): void => void (line.startsWith("Training") && process.emit("SIGINT"));
    const stopped = run(SMALL, stopAtOnce);
    const place = `checkpoint: ${runPaths(out).checkpoint}, after 0 of 2 epochs and 0 of 3 steps`;
    const message = `train: stopped; ${place}. Resume with: smoothcert train ${SMALL} --out ${out}`;
    await expect(stopped).rejects.toMatchObject({ name: "InterruptedError", message });
    const { stdout } = await run(SMALL);
    expect(stdout).toContain("2 epochs in");
  });

  it("screens copies where it is told to, three of them unless told how many", async () => {
    const { stderr } = await run(`${SMALL.replace("--copies 2", "--copies 5")} --screen`);
    expect(stderr).toContain("maxup (copies 5, screen 3), sigma 0.5");
    const { settings } = await readConfig(runPaths(out).config);
    expect(settings).toMatchObject({ objective: { name: "maxup", copies: 5, screen: 3 } });
    out = join(folder, "other");
    await run(`${SMALL} --screen 1`);
    expect((await readConfig(runPaths(out).config)).settings.objective.screen).toBe(1);
  });

  it("warns where the method is never used, and says where the rate never falls", async () => {
    const { stderr } = await run(`${SMALL} --warmup 5 --schedule step --lr-step 30`);
    expect(stderr).toContain(
      "warning: all 2 epochs are warm-up on a single noisy copy (--warmup 5): maxup is never used\n",
    );
    expect(stderr).toContain("  the learning rate never falls: its first drop is due after 30 epochs (--lr-step)\n");
    out = join(folder, "other");
    const { stderr: usual } = await run(`${SMALL} --warmup 1 --schedule step --lr-step 1`);
    expect(usual).toContain("  the first 1 epoch on a single noisy copy\n");
    expect(usual).not.toMatch(/never/);
  });

  it("takes a method's own options, and tells what it logs, wherever a run is written down", async () => {
    const words = SMALL.replace("--copies 2", "--objective gradient-norm --lambda 0.25 --h 0.02 --warmup 0");
    const { stderr, stdout } = await run(words);
    expect(stderr).toContain("  gradient-norm (lambda 0.25, h 0.02), sigma 0.5");
    expect(stdout).toMatch(/accuracy \d+\.\d %, gradientNorm \d/);
    const paths = runPaths(out);
    expect((await readConfig(paths.config)).settings.objective).toEqual({
      name: "gradient-norm",
      lambda: 0.25,
      h: 0.02,
    });
    const [first] = (await readFile(paths.history, "utf8")).split("\n");
    expect(JSON.parse(first)).toMatchObject({ objective: "gradient-norm", gradientNorm: expect.any(Number) });
    const events = (await readdir(out)).find((name) => name.startsWith("events."));
    expect(await readFile(join(out, events!), "latin1")).toContain("epochs/gradientNorm");
    const { metadata } = await loadModel(out);
    expect(metadata.training).toMatchObject({ objective: "gradient-norm", lambda: 0.25, h: 0.02 });
    const { out: help } = await smoothcert("train", "--help");
    expect(help).toMatch(
      /Options of gradient-norm.*:\n +--lambda <x> +weight of the method's second term \(default: 0\.5/,
    );
  });

  it("transforms images where it is told to, and says so wherever a run is written down", async () => {
    const { stderr } = await run(`${SMALL} --augment crop:2,flip`);
    expect(stderr).toContain("  images transformed before the noise: crop:2,flip\n");
    const { settings } = await readConfig(runPaths(out).config);
    expect(settings.augment).toBe("crop:2,flip");
    const { metadata } = await loadModel(out);
    expect(metadata.training).toMatchObject({ sigma: 0.5, augment: "crop:2,flip" });
    expect((await run(`${SMALL} --augment crop:2,flip`)).stderr).toContain("nothing is left to do");
    await expect(run(SMALL)).rejects.toThrow(
      'augment must be "crop:2,flip", with which the run was started, got "none"',
    );
    const { out: help } = await smoothcert("train", "--help");
    const width = Math.max(...TRANSFORMS.map((transform) => usageOf(transform).length));
    for (const transform of TRANSFORMS)
      expect(help).toContain(`  ${usageOf(transform).padEnd(width)}  ${transform.description}\n`);
  });

  it("validates where it is told to, names the best model, and says how to certify it", async () => {
    const flags = "--validate 8 --validate-every 1 --validate-samples 50 --validate-radii 0.25 --best 0.25";
    const { stdout, stderr } = await run(`${SMALL} ${flags}`);
    expect(stderr).toContain("on 32 images of mnist");
    expect(stderr).toContain(
      "  8 images held back, certified every epoch with 50 samples; the best by certified accuracy at 0.25\n",
    );
    expect(stdout).toMatch(/best model: .*best, of epoch [12]: right \d+\.\d %, ACR \d\.\d{3}, certified /);
    expect(stdout).toMatch(/certified \d+\.\d % at 0, \d+\.\d % at 0\.25\n/);
    expect(stdout).toContain(`Certify it: smoothcert certify ${runPaths(out).best.folder} --n`);
    const { stdout: json } = await run(`${SMALL} ${flags} --json`);
    const acr = expect.any(Number);
    const validation = { accuracy: acr, acr, certified: { "0": acr, "0.25": acr }, seconds: acr };
    expect(JSON.parse(json)).toMatchObject({ validation, best: { epoch: expect.any(Number), validation } });
  });

  it.each([
    ["--validate-every 2", "train: validate must be the number of images to hold back, got nothing"],
    ["--validate 40", "train: validate must be less than the 40 images of the training set, got 40"],
    ["--validate 0", '--validate must be an integer of at least 1, got "0"'],
    ["--validate 8 --best r", "--best must be acr, accuracy or one of the radii, got r"],
    ["--validate 8 --best 0.3", "train: best must be accuracy, acr or one of the radii 0, 0.25, 0.5, 0.75, got 0.3"],
  ])("refuses %s", async (flags, message) => {
    await expect(run(`${SMALL} ${flags}`)).rejects.toThrow(message);
  });

  it("goes on with runs whose configuration and history are of the form before", async () => {
    await run(SMALL);
    const paths = runPaths(out);
    const config = JSON.parse(await readFile(paths.config, "utf8"));
    config.settings = { ...config.settings, objective: "maxup", copies: 2 };
    await writeFile(paths.config, JSON.stringify(config));
    expect((await run(SMALL)).stderr).toContain("nothing is left to do");
    delete config.settings.augment;
    await writeFile(paths.config, JSON.stringify(config));
    expect((await run(SMALL)).stderr).toContain("nothing is left to do");
    config.settings.screen = 1;
    await writeFile(paths.config, JSON.stringify(config));
    expect((await run(`${SMALL} --screen 1`)).stderr).toContain("nothing is left to do");
  });

  it("stops when it diverges, with the command that goes on more slowly; the exit code is 1", async () => {
    const words = [...SMALL.replace("0.02", "1e20").split(" "), "--out", out];
    const { code, err } = await smoothcert("train", ...words);
    expect(code).toBe(1);
    const next = `smoothcert train --resume --out ${out} --lr 50000000000000000000 --engine wasm`;
    expect(err).toMatch(
      /the (loss|value) .*\(epoch 1, step \d of 3\); last checkpoint: none\. Train anew with a lower/,
    );
    expect(err).toContain(`For example: ${next}\n`);
    const lower = ["--resume", "--out", out, "--lr", "0.02", "--engine", "wasm"];
    expect(await smoothcert("train", ...lower)).toMatchObject({ code: 0, out: expect.stringContaining("2 epochs in") });
  });

  it("given again says of a finished run that nothing is left to do, and prints its summary", async () => {
    const first = await run(SMALL);
    const before = await readdir(out);
    for (const again of [await run(SMALL), await run("--resume")]) {
      expect(again.stderr).toContain("  all of them are done already: nothing is left to do\n");
      expect(again.stdout).toBe(first.stdout);
    }
    expect(await readdir(out)).toEqual(before);
  });

  it("goes on only under the run's own settings, also those left out; each that differs is named", async () => {
    await run(SMALL);
    const before = await readdir(out);
    const refusal = run(`${SMALL.replace("--copies 2", "--copies 3")} --sigma 0.25 --crop 20,20`);
    await expect(refusal).rejects.toMatchObject({ name: "ArgumentError" });
    const was = "with which the run was started, got";
    await expect(refusal).rejects.toThrow(
      `train: sigma must be 0.5, ${was} 0.25; copies must be 2, ${was} 3; ` +
        `preprocessing must be nothing, ${was} {"crop":[20,20]}. ` +
        "Give those or name another folder; --resume goes on with the run's own settings, or a lower lr.",
    );
    await expect(run("--resume --sigma 0.25 --seed 7")).rejects.toThrow(
      `sigma must be 0.5, ${was} 0.25; seed must be 0, ${was} 7. Leave it out, or train into another folder.`,
    );
    await run(`${SMALL} --sigma 1/2 --seed 0 --momentum 0.9`);
    expect(await readdir(out)).toEqual(before);
  });

  it("finds its own preprocessing the same, in whatever order it stands", async () => {
    const words = `${SMALL} --scale 2 --std 0.3 --mean 0.1 --crop 20,20`;
    await run(words);
    expect((await run(words)).stderr).toContain("nothing is left to do");
    expect((await run(`--resume --mean 0.1 --std 0.3 --crop 20,20 --scale 2`)).stderr).toContain("nothing is left");
  });

  it.each([
    ["--lr fast", /^--lr must be a number or an expression such as 8\/255, got "fast": fast is not allowed\./],
    ["--screen 0", "train: screen (of objective maxup) must be an integer of at least 1, got 0"],
    ["--screen 1.5", '--screen must be an integer of at least 1, got "1.5"'],
    ["--lambda 1", "train: lambda must be left out with objective maxup, whose options are: copies, screen, got 1"],
    ["--copies 2 --screen", "maxup: screen must be an integer in [1, 2], got 3"],
    ["--augment spin", /^train: augment must be none or a list of crop:<padding>, flip, .*, got "spin"$/],
    ["--augment flip,crop", "train: padding (of augment crop:<padding>) must be an integer of at least 1, got nothing"],
    ["--augment crop:28", "crop: padding must be less than the images' shorter side, 28, got 28"],
    ["--lr -1", "train: lr must be finite and greater than 0, got -1"],
    ["--epochs 0", '--epochs must be an integer of at least 1, got "0"'],
    ["--model resnet", /^--model must be one of linear, mlp, lenet, .*, got "resnet"$/],
    ["--objective minup", /^--objective must be one of gaussian, maxup, .*, got "minup"$/],
    ["--schedule linear", '--schedule must be one of step, cosine, got "linear"'],
    ["--engine tpu", /^--engine must be one of auto, .*, got "tpu"$/],
    ["--data mnist2", /mnist2/],
    ["--limit 60001", /60001/],
    ["--crop 40,40", "buildModel: preprocessing.crop[0] must be an integer in [1, 28], got 40"],
  ])("refuses %s", async (flags, message) => {
    const refusal = typeof message === "string" ? { message } : { message: expect.stringMatching(message) };
    await expect(run(flags)).rejects.toMatchObject(refusal);
    expect(await readdir(folder)).toEqual([]);
  });
});
