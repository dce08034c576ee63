import { spawn } from "node:child_process";
import { cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { exportOnnx, loadModel, VERSION } from "smoothcert";
import { beforeAll, describe, expect, it } from "vitest";
import { idxBytes } from "../data/support.js";
import { folderWithRun, type Outcome, PROGRAM, smoothcert, spawned } from "./support.js";

const COMMANDS = [
  "demo",
  "train",
  "certify",
  "curve",
  "compare",
  "report",
  "card",
  "gate",
  "sweep",
  "audit",
  "attack",
  "merge",
  "submit",
  "worker",
  "status",
  "predict",
  "export",
  "quantize",
  "taylor",
  "data",
  "engine",
  "doctor",
  "completion",
];
const folder = folderWithRun();

/** Runs a command line in which `NAME@` stands for the path of that file in the folder of the tests. */
function run(line: string): Promise<Outcome> {
  return smoothcert(...pathsIn(line).split(" "));
}

function pathsIn(text: string): string {
  return text.replaceAll(/([\w.-]+)@/g, (_, name: string) => folder.at(name));
}

/** Writes an IDX pair of black images, `NAME-images` and `NAME-labels`. */
async function writeBlack(name: string, count: number, side: number, classes: number): Promise<void> {
  await writeFile(folder.at(`${name}-images`), idxBytes([count, side, side], new Uint8Array(count * side * side)));
  const labels = Uint8Array.from({ length: count }, (_, i) => i % classes);
  await writeFile(folder.at(`${name}-labels`), idxBytes([count], labels));
}

beforeAll(async () => {
  const onnx = await readFile(folder.at("run/model.onnx"));
  const { model } = await loadModel(folder.at("run"));
  await writeFile(folder.at("foreign.onnx"), exportOnnx(model));
  await writeFile(folder.at("text.onnx"), "no model at all\n");
  await writeFile(folder.at("cut.onnx"), onnx.subarray(0, 900));
  await cp(folder.at("run/model"), folder.at("tfjs"), { recursive: true });
  await writeFile(folder.at("text.txt"), "# No model either\n");
  await writeFile(folder.at("sweep.json"), '{ "settings": { "epochs": 1 } }');
  await mkdir(folder.at("empty"));
  await writeBlack("three", 6, 28, 3);
  await writeBlack("small", 20, 20, 10);
  await writeBlack("black", 20, 28, 10);
  await writeFile(folder.at("other.tsv"), "idx\tlabel\tpredict\tradius\tcorrect\ttime\n0\t1\t1\t0.5\t1\t0.1\n");
});

/** Asserts that a command failed with one line on standard error and nothing on standard output. */
function expectOneLine({ code, out, err }: Outcome, expected: number, message: string | RegExp): void {
  expect({ code, out, err }).toEqual({ code: expected, out: "", err: expect.stringMatching(/^error: [^\n]+\n$/) });
  if (typeof message === "string") expect(err).toContain(pathsIn(message));
  else expect(err).toMatch(message);
}

describe("a wrong argument ends in exit code 2 and one line", () => {
  it.each([
    ["certfy run@", "error: unknown command 'certfy' (Did you mean certify?)"],
    ["certify run@ --sgma 0.5", "error: unknown option '--sgma' (Did you mean --sigma?)"],
    ["certify", "error: missing required argument 'model'"],
    ["predict run@", "error: missing required argument 'input'"],
    ["curve", "error: missing required argument 'logs'"],
    ["train", "error: required option '--out <run>' not specified"],
    ["export run@", "error: required option '--out <file>' not specified"],
    ["certify run@ --n", "error: option '--n <n>' argument missing"],
    ["predict run@ 7 8", "error: too many arguments for 'predict'. Expected 2 arguments but got 3."],
    ["certify run@ --n many", 'error: --n must be a number or an expression such as 8/255, got "many"'],
    ["certify run@ --n 1.5", 'error: --n must be an integer of at least 1, got "1.5"'],
    ["certify run@ --n0 -1", 'error: --n0 must be an integer of at least 0, got "-1"'],
    ["certify run@ --skip 0", 'error: --skip must be an integer of at least 1, got "0"'],
    ["certify run@ --max 0", 'error: --max must be an integer of at least 1, got "0"'],
    ["certify run@ --seed -1", 'error: --seed must be an integer of at least 0, got "-1"'],
    ["certify run@ --sigma 8/two", 'error: --sigma must be a number or an expression such as 8/255, got "8/two"'],
    ["certify run@ --mean 0,x", 'error: --mean must be a number or an expression such as 8/255, got "x"'],
    ["certify run@ --split val", 'error: --split must be one of train, test, got "val"'],
    ["certify run@ --runtime torch", 'error: --runtime must be one of onnx, tfjs, auto, got "torch"'],
    ["certify run@ --engine tpu", 'error: --engine must be one of auto, gpu, node, webgpu, wasm, cpu, got "tpu"'],
    ["certify run@ --layout hwc", 'error: --layout must be one of nchw, nhwc, got "hwc"'],
    ["certify run@ --n 10", "error: certify: n must be at least 11 for alpha = 0.001, got 10. With fewer samples even"],
    ["certify run@ --sigma 0", "error: smoothing: sigma must be finite and greater than 0, got 0"],
    ["certify run@ --sigma -0.5", "error: smoothing: sigma must be finite and greater than 0, got -0.5"],
    ["certify run@ --alpha 0.7", "error: certify: alpha must be in (0, 1/2], got 0.7"],
    ["certify run@ --alpha 0", "error: certify: alpha must be in (0, 1/2], got 0"],
    ["certify run@ --std 0", "error: pixelTransform: std must be not 0, got [0]"],
    ["certify run@ --mean 1,2", "error: pixelTransform: mean must be one number or 1, one a channel, got [1,2]"],
    ["certify tfjs@ --runtime onnx", "error: --runtime onnx needs an .onnx file, found none in tfjs@. Make one with"],
    ["certify foreign.onnx@ --runtime tfjs", "error: --runtime tfjs needs a TensorFlow.js model, got foreign.onnx@"],
    ["certify foreign.onnx@ --data mnist", "error: --sigma must be given: foreign.onnx@ doesn't say which noise"],
    ["certify foreign.onnx@ --sigma 0.5", "error: --data must be given: foreign.onnx@ doesn't say which data"],
    ["certify run@ --data mnst", /spec must be one of mnist, .*, got "mnst"\. .*'smoothcert data' lists/],
    [
      "certify run@ --data idx:three-images@,three-labels@",
      "model must be a classifier of three-images's 3 classes, got 10. Say which of the model's classes",
    ],
    [
      "certify run@ --runtime tfjs --data idx:small-images@,small-labels@",
      "the images' shape must be [28,28,1], which the model takes, got [20,20,1]",
    ],
    ["predict run@ 10000", 'error: <input> must be an integer in [0, 9999], got "10000"'],
    [
      "train --out tfjs@",
      "error: train: out must be a new folder or that of a run, got tfjs@, which holds something else.",
    ],
    ["train --out run@ --limit 2000 --model linear", /sigma must be 0.25, .* got 0.5; epochs must be 3, .* got 20; /],
    ["data mnst", /spec must be one of mnist, .*, got "mnst"/],
    ["export run@/model.onnx --out x.onnx@", "error: export: <model> must be a TensorFlow.js model, not an .onnx file"],
  ])("%s", async (line, message) => expectOneLine(await run(line), 2, message));
});

describe("a failure ends in exit code 1 and one line", () => {
  it.each([
    ["certify none@", "error: none@: expected a run folder, a model folder or an .onnx file, found nothing"],
    ["certify empty@", "error: empty@: holds no model: expected model.json or model/model.json in it"],
    ["certify text.onnx@ --data mnist --sigma 1", "error: text.onnx@: is not an ONNX model: "],
    ["certify cut.onnx@ --data mnist --sigma 1", "error: cut.onnx@: is not an ONNX model: "],
    ["predict none@ 7", "error: none@: expected a run folder"],
    ["predict run@ seven.png", "error: seven.png: expected an image file, found nothing of that name."],
    ["predict run@ other.tsv@", "error: other.tsv@: expected an image (png, "],
    ["export none@ --out x.onnx@", "error: none@: no such file or folder; expected a model.json or its folder"],
    ["taylor none@", "error: none@: no such file or folder"],
    ...["curve", "compare empty@", "report", "card --out card.md@", "audit", "attack"].map((command) => [
      `${command} empty@`,
      "error: empty@/certify.tsv: expected a certification log, found nothing of that name",
    ]),
    ["certify text.txt@", "text.txt@: expected an .onnx file or a TensorFlow.js model.json, found neither"],
    ["sweep sweep.json@ --out sweep@", 'error: sweep.json@: grid: must be given, e.g. { "seed": [0, 1, 2] }'],
    ["status --queue dir:typo@", "error: typo@: holds no queue. Check the path"],
    ["train --resume --out empty@", "error: empty@/config.json: "],
    ["curve none.tsv@", "error: none.tsv@: expected a certification log, found nothing of that name"],
    ["certify run@ --data idx:none@,black-labels@", "error: none@: expected an IDX file of images, found nothing"],
    [
      "data idx:black-images@,three-labels@",
      "error: three-labels@: expected 20 labels, one for each image of black-images@, found 6.",
    ],
    [
      "certify run@ --data idx:small-images@,small-labels@",
      "to take images of 20x20x1 as [N, 1, 20, 20] or [N, 20, 20, 1], found [N, 1, 28, 28]",
    ],
    [
      "certify run@ --out other.tsv@ --n 100",
      "error: other.tsv@: exists, without a header other.json@ that says what it was made with; choose another --out",
    ],
  ])("%s", async (line, message) => expectOneLine(await run(line), 1, message));
});

describe("a log made with other settings is refused", () => {
  const begin = "certify run@ --n 100 --n0 10 --skip 10 --data idx:black-images@,black-labels@ --out log.tsv@";
  beforeAll(async () => {
    expect(await run(begin)).toMatchObject({ code: 0 });
  });

  it.each([
    ["--sigma 0.125", "sigma 0.25, now 0.125"],
    ["--n 101", "n 100, now 101"],
    ["--n0 11", "n0 10, now 11"],
    ["--alpha 0.01", "alpha 0.001, now 0.01"],
    ["--seed 7", "seed 0, now 7"],
    ["--skip 5", "skip 10, now 5"],
    ["--split train", 'data.split "test", now "train"'],
    ["--scale 255", /: model\.hash "[0-9a-f]{64}", now "[0-9a-f]{64}"\. /],
    ["--runtime tfjs --engine cpu", /model\.runtime "onnxruntime-node [^"]+", now "tfjs-cpu [^"]+"/],
    ["--data mnist", /data\.hash "[0-9a-f]{64}", now "[0-9a-f]{64}"; data\.length 20, now 10000/],
    ["--n 101 --seed 7", "n 100, now 101; seed 0, now 7"],
  ])("%s", async (change, difference) => {
    const before = await readFile(folder.at("log.tsv"), "utf8");
    const outcome = await run(`${begin} ${change}`);
    expectOneLine(outcome, 1, "error: log.tsv@: was made with other settings: ");
    expectOneLine(outcome, 1, difference);
    expect(outcome.err).toContain("Choose another --out, or the same settings");
    expect(await readFile(folder.at("log.tsv"), "utf8")).toBe(before);
  });

  it("but not one under another name of the model, or by another --max", async () => {
    await cp(folder.at("run/model.onnx"), folder.at("renamed.onnx"));
    const { code, err } = await run(`${begin.replace("run@", "renamed.onnx@")} --max 1`);
    expect(code).toBe(0);
    expect(err).toContain(pathsIn("all of them are in log.tsv@ already: nothing is left to do"));
  });
});

describe("--debug", () => {
  it.each([
    ["certify run@ --n 10", 2, "ArgumentError: certify: n must be at least 11"],
    ["certify none@", 1, "FileError: none@: expected a run folder"],
  ])("shows where the error of %s came from", async (line, expected, message) => {
    const { code, err } = await run(`${line} --debug`);
    expect(code).toBe(expected);
    expect(err).toContain(pathsIn(message));
    expect(err).toMatch(/\n {4}at /);
  });
});

describe("help", () => {
  it.each(COMMANDS)("of %s has an example, --debug, and lines of at most 100 columns", async (command) => {
    const { code, out, err } = await run(`${command} --help`);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toMatch(new RegExp(`^Usage: smoothcert ${command} `));
    expect(out).toMatch(new RegExp(`\nExamples?:\n(  smoothcert .*\n)*?  smoothcert ${command}\\b`));
    expect(out).toContain("--debug");
    expect(out.split("\n").filter((line) => line.length > 100)).toEqual([]);
  });

  it("groups options under headings, and shows defaults as they are typed", async () => {
    const { out } = await run("certify --help");
    expect(out.match(/^[A-Z].*:$/gm)).toEqual([
      "Arguments:",
      "What is certified:",
      "Noise and bounds:",
      "Samples per image:",
      "Model input and output (for models from other tools):",
      "Computation:",
      "Many machines (docs/cluster.md):",
      "Output:",
      "Other options:",
      "Examples:",
    ]);
    expect(out).toContain("(default: one-sided)");
    expect((await run("train --help")).out).toMatch(/\n\nOptions of maxup.*:\n +--copies .*\n/);
  });

  it("lists the commands, shows where to start, and tells the exit codes", async () => {
    const { code, out } = await run("--help");
    expect(code).toBe(0);
    for (const command of COMMANDS) expect(out).toMatch(new RegExp(`^  ${command} `, "m"));
    expect(out).toContain("Start with 'smoothcert demo'.");
    expect(out).toContain("Exit codes: 0 done, 1 failed, 2 wrong arguments, 75 stopped by a scheduler and to");
  });

  it("of a command that is none names the nearest that is one", async () => {
    const { code, err } = await run("help certfy");
    expect(code).toBe(2);
    expect(err).toBe("error: unknown command 'certfy' (Did you mean certify?)\n");
  });

  it("with a flag in the place of a command is the list of the commands", async () => {
    const { code, out } = await run("help --debug");
    expect(code).toBe(0);
    expect(out).toContain("Usage: smoothcert [options] [command]");
  });
});

describe("the built program", () => {
  it.each([
    [["--version"], { code: 0, out: `${VERSION}\n`, err: "" }],
    [[], { code: 2, out: "", err: expect.stringMatching(/^Usage: smoothcert /) }],
    [["certify"], { code: 2, out: "", err: "error: missing required argument 'model'\n" }],
    [["curve", "none.tsv"], { code: 1, out: "", err: expect.stringMatching(/^error: none\.tsv: expected .*\n$/) }],
    [["curve", "none.tsv", "--debug"], { code: 1, out: "", err: expect.stringMatching(/^FileError: .*\n {4}at /) }],
  ])("with %j ends in the right exit code", async (words, outcome) => {
    expect(await spawned(...words)).toEqual(outcome);
  });

  it("ends quietly where nobody reads on", async () => {
    const child = spawn(process.execPath, [PROGRAM, "certify", "--help"], { stdio: ["ignore", "pipe", "pipe"] });
    let err = "";
    child.stderr.on("data", (chunk) => (err += chunk));
    child.stdout.destroy();
    const code = await new Promise((resolve) => child.on("close", resolve));
    expect({ code, err }).toEqual({ code: 0, err: "" });
  });
});
