import { execFile, execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { headerIdentity, type LogHeader, readHeader } from "smoothcert/certify";
import { afterAll, beforeAll, describe, expect, it, type TestContext } from "vitest";
import { rowCheck } from "../certify/log/seal.js";
import { linearOnnx } from "./certify/classifiers/onnx-file.js";
import { smoothcert } from "./cli/support.js";
import { idxBytes } from "./data/support.js";

/** A Python with numpy, mpmath and onnxruntime: the one that SMOOTHCERT_PYTHON names, or that of .venv. */
const PYTHON = process.env.SMOOTHCERT_PYTHON ?? fileURLToPath(new URL("../.venv/bin/python", import.meta.url));
const PACKAGE = fileURLToPath(new URL("../python", import.meta.url));

const COUNT = 6;
// 35 pixels: neither whole blocks of Philox nor whole words.
const [HEIGHT, WIDTH] = [5, 7];
const WEIGHTS = [0, 1, 2].map((k) => Array.from({ length: HEIGHT * WIDTH }, (_, j) => Math.sin(6 * k + j + 1)));

let folder: string;
const at = (name: string): string => join(folder, name);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "smoothcert-python-"));
  const input = ["N", 1, HEIGHT, WIDTH];
  await writeFile(at("linear.onnx"), linearOnnx({ weights: WEIGHTS, bias: [0.1, -0.2, 0], input }));
  await mkdir(at("data"));
  const pixels = Uint8Array.from({ length: COUNT * HEIGHT * WIDTH }, (_, i) => (37 * i + (i >> 3) * 11) % 256);
  await writeFile(at("data/t10k-images-idx3-ubyte"), idxBytes([COUNT, HEIGHT, WIDTH], pixels));
  await writeFile(at("data/t10k-labels-idx1-ubyte"), idxBytes([COUNT], Uint8Array.of(0, 1, 2, 0, 1, 2)));
});
afterAll(() => rm(folder, { recursive: true }));

async function certify(name: string, ...options: readonly string[]): Promise<string> {
  const words = ["--data", `idx:${at("data")}`, "--sigma", "0.5", "--seed", "9007199254740991", "--out", at(name)];
  const { code, err } = await smoothcert("certify", at("linear.onnx"), ...words, ...options);
  expect(code, err).toBe(0);
  return at(name);
}

/** Skips where the verifier can't run. */
function needsPython({ skip }: TestContext): void {
  skip(!existsSync(PYTHON), "no Python: set SMOOTHCERT_PYTHON, or make .venv (docs/python.md)");
  const missing = execFileSync(PYTHON, ["-c", IMPORTS], { encoding: "utf8" }).trim();
  skip(missing !== "", `${PYTHON} lacks ${missing}`);
}
const IMPORTS = `import importlib.util as u
print(*(name for name in ("numpy", "mpmath", "onnxruntime") if u.find_spec(name) is None))`;

/** Runs the verifier on a log. */
function verify(log: string): Promise<{ code: number | undefined; out: string }> {
  const words = ["-m", "smoothcert.verify", log, "--model", at("linear.onnx"), "--data", at("data"), "--rows", "6"];
  return new Promise((resolve) => {
    const child = execFile(PYTHON, words, { cwd: PACKAGE }, (_, out, err) =>
      resolve({ code: child.exitCode ?? undefined, out: out + err }),
    );
  });
}

/** Moves one vote of the row's estimation from the class with the fewest to another, and seals the row again. */
function withVoteMoved(line: string, identity: string): string {
  const cells = line.split("\t");
  const counts = cells[11].split(",").map((pair) => pair.split(":").map(Number));
  const [from, to] = counts.filter(([label]) => label !== Number(cells[2]));
  from[1] -= 1;
  to[1] += 1;
  cells[11] = counts.map((pair) => pair.join(":")).join(",");
  const text = cells.slice(0, -1).join("\t");
  return `${text}\t${rowCheck(identity, text)}`;
}

describe("the independent verifier in Python", () => {
  it("draws the same votes, and derives the same radii or larger ones by less than 1e-12", async (context) => {
    needsPython(context);
    const logs = [
      await certify("plain.tsv", "--n", "500", "--n0", "20"),
      await certify("stopped.tsv", "--n", "2000", "--stop", "radii:0.1,0.3", "--bound", "multi-class", "--n0", "0"),
    ];
    for (const { code, out } of await Promise.all(logs.map(verify))) {
      expect(out).toContain("6 rows checked, the votes of 6 drawn again; rows not as logged: 0.");
      expect(Number(/by (\S+) at most/.exec(out)?.[1])).toBeLessThan(1e-12);
      expect(code).toBe(0);
    }
  });

  it("refuses a log with one vote moved, its checksum made right", async (context) => {
    needsPython(context);
    const log = await certify("moved.tsv", "--n", "500", "--n0", "20");
    const identity = headerIdentity((await readHeader(log)) as LogHeader);
    const lines = (await readFile(log, "utf8")).split("\n");
    const row = lines.findIndex((line) => line.split("\t")[11]?.split(",").length === 3);
    lines[row] = withVoteMoved(lines[row], identity);
    await writeFile(log, lines.join("\n"));
    const { code, out } = await verify(log);
    expect(out).toContain(`idx ${row - 1}: drawn again, the votes are`);
    expect(code).toBe(1);
  });
});
