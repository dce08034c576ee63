import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { gaussianNoise, type ImageShape } from "smoothcert";
import { onnxClassifier, SmoothedClassifier } from "smoothcert/certify";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { idxBytes } from "../../data/support.js";
import { linearOnnx } from "./onnx-file.js";

const SHAPE: ImageShape = [2, 3, 1];
const WEIGHTS = [0, 1, 2].map((k) => Array.from({ length: 6 }, (_, j) => Math.sin(6 * k + j + 1)));
const ROOT = fileURLToPath(new URL("../../..", import.meta.url));

let folder: string;
const at = (...names: string[]): string => join(folder, ...names);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "smoothcert-runtime-"));
  await writeFile(at("linear.onnx"), linearOnnx({ weights: WEIGHTS, bias: [0.1, -0.2, 0], input: ["N", 1, 2, 3] }));
  const pixels = Uint8Array.from({ length: 6 * 9 }, (_, i) => (37 * i) % 256);
  await writeFile(at("images"), idxBytes([9, 2, 3], pixels));
  await writeFile(
    at("labels"),
    idxBytes(
      [9],
      Uint8Array.from({ length: 9 }, (_, i) => i % 3),
    ),
  );
});
afterAll(() => rm(folder, { recursive: true }));

interface Ended {
  readonly code: number;
  readonly err: string;
}

/** Certifies nine images by a built program, in an environment of its own. */
async function certify(
  program: string,
  env: NodeJS.ProcessEnv,
  more: readonly string[],
  tracer: readonly string[] = [],
): Promise<Ended> {
  const data = `idx:${at("images")},${at("labels")}`;
  const words = ["certify", at("linear.onnx"), "--data", data, "--sigma", "0.5", "--n", "2000", ...more];
  const [first, ...rest] = [...tracer, process.execPath, program, ...words];
  const child = spawn(first, rest, { env, stdio: ["ignore", "ignore", "pipe"] });
  let err = "";
  child.stderr.on("data", (chunk) => (err += chunk));
  const [code] = await once(child, "close");
  return { code, err };
}

/** Whether system calls can be traced here. */
function hasStrace(): boolean {
  return spawnSync("strace", ["-o", "/dev/null", "true"]).status === 0;
}

const BUILT = join(ROOT, "dist", "cli", "main.js");

describe("ONNX Runtime", () => {
  it("votes in WebAssembly as natively, under the same hash", async () => {
    const x = Float32Array.from({ length: 6 }, (_, j) => j / 6);
    const votes = async (provider: string): Promise<{ counts: number[]; hash: string; runtime: string }> => {
      const base = await onnxClassifier(at("linear.onnx"), { imageShape: SHAPE, provider });
      const { counts } = await new SmoothedClassifier(base, gaussianNoise(0.5), 1).predict(x, 0, 5000, 0.001);
      await base.close?.();
      return { counts: [...counts], hash: base.hash, runtime: base.runtime };
    };
    const [native, wasm] = [await votes("cpu"), await votes("wasm")];
    expect(native.runtime).toMatch(/^onnxruntime-node \d+\.\d+\.\d+ \(cpu\)$/);
    expect(wasm.runtime).toMatch(/^onnxruntime-web \d+\.\d+\.\d+ \(wasm\)$/);
    expect(wasm).toEqual({ ...native, runtime: wasm.runtime });
  });

  it("writes nothing outside the log: no database of models, no trace file", async () => {
    const places = ["home", "cache", "temporary"];
    await Promise.all(places.map((place) => mkdir(at(place))));
    const { ORT_DISABLE_TELEMETRY: _, ...inherited } = process.env;
    const [HOME, XDG_CACHE_HOME, TMPDIR] = places.map((place) => at(place));
    const env = { ...inherited, HOME, XDG_CACHE_HOME, TMPDIR };
    expect(await certify(BUILT, env, ["--out", at("quiet.tsv")])).toMatchObject({ code: 0 });
    const written = await Promise.all(places.map((place) => readdir(at(place), { recursive: true })));
    expect(written).toEqual([[], [], []]);
  });

  it.skipIf(!hasStrace())("opens no socket, and no file for writing but the log and its header", async () => {
    const trace = at("trace.txt");
    const log = at("traced.tsv");
    const tracer = ["strace", "-f", "-e", "trace=socket,connect,openat", "-o", trace];
    const { ORT_DISABLE_TELEMETRY: _, ...env } = process.env;
    expect(await certify(BUILT, env, ["--out", log], tracer)).toMatchObject({ code: 0 });
    const calls = (await readFile(trace, "utf8")).split("\n");
    expect(calls.filter((call) => /\b(socket|connect)\(/.test(call))).toEqual([]);
    const opened = calls
      .filter((call) => /O_(WRONLY|RDWR|CREAT)/.test(call))
      .map((call) => /"([^"]*)"/.exec(call)?.[1]);
    expect(opened.length).toBeGreaterThanOrEqual(2);
    expect(opened.filter((path) => !path?.startsWith(at("traced")) && path !== "/dev/null")).toEqual([]);
  });

  it("is refused in a thread that can't keep it from sending telemetry", async () => {
    const code = `
      import("smoothcert/certify")
        .then(({ onnxClassifier }) => onnxClassifier(${JSON.stringify(at("linear.onnx"))}, { imageShape: [2, 3, 1] }))
        .catch(({ name, message }) => require("node:worker_threads").parentPort.postMessage(name + ": " + message));`;
    const { ORT_DISABLE_TELEMETRY: _, ...env } = process.env;
    const [said] = await once(new Worker(code, { eval: true, env, execArgv: [] }), "message");
    expect(said).toMatch(
      /^EngineError: ONNX Runtime would send telemetry from this thread: .*ORT_DISABLE_TELEMETRY=1$/,
    );
  });
});

describe("the package without onnxruntime-node", () => {
  let program: string;
  /** What a user has after `npm install smoothcert`: what is packed, and the packages that it depends on. */
  beforeAll(async () => {
    const installed = at("node_modules", "smoothcert");
    const { files, dependencies } = (await import(join(ROOT, "package.json"), { with: { type: "json" } })).default;
    for (const name of ["package.json", ...files])
      await cp(join(ROOT, name), join(installed, name), { recursive: true });
    for (const name of Object.keys(dependencies)) {
      await mkdir(dirname(at("node_modules", name)), { recursive: true });
      await symlink(join(ROOT, "node_modules", name), at("node_modules", name));
    }
    program = join(installed, "dist", "cli", "main.js");
  });

  it("certifies in WebAssembly, and says once what would be faster", async () => {
    const { code, err } = await certify(program, process.env, ["--out", at("wasm.tsv")]);
    expect({ code, err }).toMatchObject({ code: 0, err: expect.stringContaining("(onnxruntime-web 1.30.0 (wasm))") });
    expect(err).toContain("onnxruntime-node: it is not installed.\n");
    // Once, though other forms of the input are tried too.
    expect(err.split("npm install --ignore-scripts onnxruntime-node@1.30.0\n")).toHaveLength(2);
  });

  it("says what a native provider needs", async () => {
    const { code, err } = await certify(program, process.env, ["--provider", "cpu", "--out", at("cpu.tsv")]);
    expect(code).toBe(2);
    expect(err).toMatch(
      /^error: provider cpu needs onnxruntime-node: it is not installed\. Without it there is wasm; .*\n$/,
    );
  });
});
