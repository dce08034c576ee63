import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { type EngineInstallOptions, InterruptedError, installEngine, removeEngines } from "smoothcert";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { BINDING_REVISION } from "../../src/engine/native/versions.js";
import { someOf } from "../laws/effort.js";
import { type Faults, fakeMachine, writeTensorFlow } from "./fake-machine.js";

/** The folder of an engine with TensorFlow of this version, for this kind of processor. */
const folderOf = (version: string, kind: string): string =>
  `tfjs-node-4.22.0-r${BINDING_REVISION}-tensorflow-${version}-${kind}`;
const FOLDER = folderOf("2.21.0", "cpu");
const LIBRARY = "tensorflow/libtensorflow_cc.so.2";

let cache: string;

beforeEach(async () => {
  cache = await mkdtemp(join(tmpdir(), "smoothcert-engine-"));
});

afterEach(() => rm(cache, { recursive: true, force: true }));

const engines = (): Promise<string[]> => readdir(join(cache, "engine"));
const at = (name: string): string => join(cache, "engine", FOLDER, name);

async function install(faults: Faults = {}, options: EngineInstallOptions = {}) {
  const machine = fakeMachine(faults);
  const lines: string[] = [];
  const result = await installEngine({ cache, machine, report: (line) => lines.push(line), ...options });
  return { ...result, calls: machine.calls, lines };
}

async function refusal(faults: Faults, options: EngineInstallOptions = {}): Promise<Error> {
  return await install(faults, options).then(
    () => expect.fail("it was installed"),
    (error) => error,
  );
}

/** No process has this number: the largest on Linux is 2^22. */
const NOBODY = 2 ** 22 + 1;

describe("an installation", () => {
  test("holds the library, the bindings and the JavaScript, listed with checksums, and nothing else", async () => {
    const { folder, manifest, isNew } = await install();
    expect(isNew).toBe(true);
    expect(folder).toBe(join(cache, "engine", FOLDER));
    expect(await engines()).toEqual([FOLDER]);
    expect(Object.keys(manifest.files).sort()).toEqual([
      "node_modules/@tensorflow/tfjs-core/index.js",
      "node_modules/@tensorflow/tfjs-node/dist/kernels/Abs.js",
      "node_modules/@tensorflow/tfjs-node/dist/nodejs_kernel_backend.js",
      "node_modules/@tensorflow/tfjs-node/package.json",
      "node_modules/@tensorflow/tfjs/index.js",
      "node_modules/google-protobuf/include/node_api.h",
      "node_modules/google-protobuf/package.json",
      "node_modules/smoothcert-util/index.js",
      "quiet.node",
      LIBRARY,
      "tensorflow/libtensorflow_framework.so.2",
      "tfjs_binding.node",
    ]);
    // echo -n "the library" | sha256sum
    expect(manifest.files[LIBRARY]).toEqual({
      bytes: 11,
      sha256: "0ea2bff2393cf54f7adcc77a67a67a94d878e90b24b550f0f2fad783ecc78c4e",
    });
    expect(JSON.parse(await readFile(at("manifest.json"), "utf8"))).toEqual(manifest);
    expect(manifest).toMatchObject({ kind: "cpu", tensorflow: "2.21.0", source: "tensorflow-cpu==2.21.0" });
  });

  test("finds its library beside the binding, wherever it is moved", async () => {
    await install();
    expect(await readFile(at("tfjs_binding.node"), "utf8")).toContain(" -Wl,-rpath,$ORIGIN/tensorflow ");
  });

  test("compiles our operations for each processor, links them into the binding, keeps no object files", async () => {
    const { calls } = await install();
    const compiled = calls.filter((line) => line.startsWith("g++ -c"));
    expect(compiled.map((line) => /native\/(\S+)\.cc/.exec(line)![1])).toEqual([
      "allocation",
      "signals",
      "parallel",
      "winograd-operations",
      "winograd",
      "winograd",
      "batch-norm-operations",
      "batch-norm",
      "batch-norm",
      "cross-entropy-operations",
      "cross-entropy",
      "cross-entropy",
      "scaled-sum-operations",
      "lstm-operations",
      "lstm",
      "lstm",
    ]);
    expect(compiled[4]).toContain(" -mavx2 -mfma -DSMOOTHCERT_WINOGRAD=kWinogradAvx2 ");
    expect(compiled[5]).toContain(" -mavx512f -DSMOOTHCERT_WINOGRAD=kWinogradAvx512 ");
    expect(compiled.every((line) => line.includes("/tensorflow/include "))).toBe(true);
    const binding = await readFile(at("tfjs_binding.node"), "utf8");
    for (const line of compiled) expect(binding).toContain(line.slice(line.lastIndexOf(" ")));
  });

  test("has none of our operations on processors that they are not written for", async () => {
    const library = join(cache, "mine");
    await writeTensorFlow(library);
    const { calls } = await install({ arch: "arm64" }, { libtensorflow: library });
    expect(calls.filter((line) => line.startsWith("g++ -c"))).toEqual([]);
    expect(calls.some((line) => line.startsWith("g++ -shared"))).toBe(true);
  });

  test("does not ask for functions of util that newer versions of Node lack", async () => {
    await install();
    const backend = await readFile(at("node_modules/@tensorflow/tfjs-node/dist/nodejs_kernel_backend.js"), "utf8");
    expect(backend).toBe('const util = require("smoothcert-util");');
  });

  test("downloads what is pinned, by hash", async () => {
    const seen: string[] = [];
    const before = async (_: number, line: string) => {
      const requirements = / -r (\S+)/.exec(line);
      if (requirements !== null) seen.push(await readFile(requirements[1], "utf8"));
    };
    const { calls } = await install({ before });
    expect(seen).toEqual([expect.stringMatching(/^tensorflow-cpu==2\.21\.0 --hash=sha256:[0-9a-f]{64}\n$/)]);
    expect(calls.filter((line) => line.startsWith("npm pack")).every((line) => line.includes("--ignore-scripts"))).toBe(
      true,
    );
  });

  test("tells each step, its time and the size so far", async () => {
    const { lines } = await install();
    expect(lines.filter((line) => line.startsWith("["))).toEqual([
      "[1/5] JavaScript and sources from npm",
      "[2/5] tensorflow-cpu 2.21.0 from PyPI: 274 MB to download",
      "[3/5] compiling the binding with the C++ compiler",
      "[4/5] trying it out",
      "[5/5] checksums",
    ]);
    for (const line of lines.filter((each) => !each.startsWith("["))) {
      expect(line).toMatch(/^ {6}\d+\.\d s, \d+ MB in the folder$/);
    }
  });

  test("is not made twice", async () => {
    const first = await install();
    const second = await install();
    expect(second).toMatchObject({ folder: first.folder, manifest: first.manifest, isNew: false });
    expect(second.calls).toEqual([]);
  });

  test.each([
    ["changed", () => writeFile(at(LIBRARY), "the LIBRARY"), /has other contents than when it was installed/],
    ["cut off", () => writeFile(at(LIBRARY), "the lib"), /has 7 bytes, 11 when it was installed/],
    ["gone", () => rm(at(LIBRARY)), /is missing/],
  ])("is made again where a file is %s", async (_, damage, message) => {
    await install();
    await damage();
    const { isNew, lines } = await install();
    expect(isNew).toBe(true);
    expect(lines[0]).toMatch(message);
    expect(lines[0]).toContain(at(LIBRARY));
    expect(await readFile(at(LIBRARY), "utf8")).toBe("the library");
    expect(await engines()).toEqual([FOLDER]);
  });

  test("is made again where its list of files is damaged", async () => {
    await install();
    await writeFile(at("manifest.json"), "{");
    expect(await install()).toMatchObject({ isNew: true });
    expect(await engines()).toEqual([FOLDER]);
  });
});

describe("interrupted", () => {
  const calls = async (): Promise<number> => {
    const { calls } = await install();
    await removeEngines(cache);
    return calls.length;
  };

  test("by a kill at any program, the next succeeds and sweeps up", async () => {
    const count = await calls();
    expect(count).toBeGreaterThan(12);
    // Some of them, which a run chooses: every one of them under EFFORT=1.
    for (const killed of someOf(Array.from({ length: count }, (_, call) => call))) {
      // A killed process never comes back from its call; what it had written stays, under the number of a dead process.
      const reached = new Promise<void>((resolve) => {
        const before = (call: number) => (call === killed ? new Promise<void>(() => resolve()) : undefined);
        void install({ before });
      });
      await reached;
      for (const name of await readdir(join(cache, "engine")).catch(() => [])) {
        const dead = name.replace(`-${process.pid}-`, `-${NOBODY}-`);
        await rename(join(cache, "engine", name), join(cache, "engine", dead));
      }
      expect(await install()).toMatchObject({ isNew: true });
      expect(await engines()).toEqual([FOLDER]);
      await removeEngines(cache);
    }
  });

  test("by Ctrl-C at any program, it leaves nothing, and the next succeeds", async () => {
    const count = await calls();
    for (let stopped = 0; stopped < count; stopped++) {
      const controller = new AbortController();
      const before = (call: number, _: string, { signal }: { signal?: AbortSignal | undefined }) => {
        if (call === stopped) controller.abort();
        if (signal?.aborted) throw new InterruptedError("stopped");
      };
      const error = await refusal({ before }, { signal: controller.signal });
      expect(error.name).toBe("InterruptedError");
      expect(await readdir(join(cache, "engine")).catch(() => [])).toEqual([]);
    }
    expect(await install()).toMatchObject({ isNew: true });
  });

  test("on another machine, it is swept up after a day", async () => {
    await mkdir(join(cache, "engine"), { recursive: true });
    const elsewhere = `.staging-another-${NOBODY}-abc`;
    const here = `.staging-${hostname()}-${process.pid}-abc`;
    for (const name of [elsewhere, here]) await mkdir(join(cache, "engine", name));
    await install();
    expect((await engines()).sort()).toEqual([here, elsewhere, FOLDER].sort());
  });

  test("while another one runs, both end well, with one engine", async () => {
    const results = await Promise.all([install(), install(), install()]);
    expect(new Set(results.map(({ folder }) => folder)).size).toBe(1);
    expect(await engines()).toEqual([FOLDER]);
    expect(await install()).toMatchObject({ isNew: false });
  });

  test("by a step that fails, it keeps the engine that was there", async () => {
    await install();
    await writeFile(at(LIBRARY), "the LIBRARY");
    const before = (_: number, line: string) => {
      if (line.startsWith("g++ -shared")) throw new Error("no");
    };
    expect((await refusal({ before })).message).toBe("no");
    expect(await engines()).toEqual([FOLDER]);
  });
});

describe("refused", () => {
  test.each([
    ["npm", "npm (comes with Node.js"],
    ["tar", "tar (apt install tar)"],
    ["g++", "g++ (apt install g++ (Debian, Ubuntu), dnf install gcc-c++ (Fedora, RHEL))"],
    ["python3 --version", "python3 (apt install python3)"],
    ["python3 -m pip", "pip of python3 (apt install python3-pip)"],
  ])("without %s, it says how to install that", async (program, message) => {
    const error = await refusal({ missing: [program] });
    expect(error.name).toBe("EngineError");
    expect(error.message).toContain(`engine install: missing on this machine: ${message}`);
    expect(error.message).toContain("until then everything runs on the wasm engine");
    await expect(engines()).rejects.toThrow("ENOENT");
  });

  test("all that is missing is named at once, before anything is downloaded", async () => {
    const { message } = await refusal({ missing: ["g++", "python3"] });
    expect(message).toMatch(/g\+\+ \(.*; python3 \(.*; pip of python3 \(/);
  });

  test("a full disk is named, with what is needed and where else to go", async () => {
    const error = await refusal({ freeBytes: 0.9e9 });
    expect(error).toMatchObject({
      name: "EngineError",
      message:
        `engine install: needs 1.5 GB on the disk of ${join(cache, "engine")}, 0.9 GB are free. ` +
        "Make room, or name a folder on another disk in the environment variable SMOOTHCERT_CACHE",
    });
    expect(await engines()).toEqual([]);
  });

  test("a package with other contents than pinned is not unpacked", async () => {
    const error = await refusal({ integrity: "sha512-other" });
    expect(error.name).toBe("EngineError");
    expect(error.message).toMatch(
      /the npm registry sent another @tensorflow\/tfjs-node 4\.22\.0 than the one pinned \(integrity sha512-other/,
    );
  });

  test.each([
    ["darwin", "arm64", "try npm's own build: npm install @tensorflow/tfjs-node"],
    ["win32", "x64", "try npm's own build: npm install @tensorflow/tfjs-node"],
    ["linux", "arm64", "give a TensorFlow library for it by --libtensorflow DIR"],
  ])("on %s %s, it says what to do instead", async (platform, arch, instead) => {
    const error = await refusal({ platform, arch });
    expect(error.name).toBe("EngineError");
    expect(error.message).toContain(
      `engine install: works on Linux x64, this is ${platform} ${arch}. Here, ${instead}`,
    );
  });
});

describe("TensorFlow from elsewhere", () => {
  test("a folder's library is copied, and pip is not needed", async () => {
    const library = join(cache, "mine");
    await writeTensorFlow(library, "my own library");
    const { manifest, calls } = await install({ missing: ["python3"] }, { libtensorflow: library });
    expect(manifest.source).toBe(library);
    expect(await readFile(at(LIBRARY), "utf8")).toBe("my own library");
    expect(calls.find((line) => line.startsWith("g++ -shared"))).toContain(`-I ${join(library, "include")} `);
    expect(await install({}, { libtensorflow: library })).toMatchObject({ isNew: false });
  });

  test("Google's archive has its libraries in lib/, under another name", async () => {
    const library = join(cache, "libtensorflow");
    await writeTensorFlow(library);
    await mkdir(join(library, "lib"));
    await rename(join(library, "libtensorflow_cc.so.2"), join(library, "lib/libtensorflow.so.2"));
    await rename(join(library, "libtensorflow_framework.so.2"), join(library, "lib/libtensorflow_framework.so.2"));
    const { calls, folder } = await install({ tensorflow: "2.18.0" }, { libtensorflow: library });
    expect(folder).toBe(join(cache, "engine", folderOf("2.18.0", "cpu")));
    expect(calls.find((line) => line.startsWith("g++ -shared"))).toContain(" -l:libtensorflow.so.2 ");
  });

  test("a folder without one is refused by name", async () => {
    const error = await refusal({}, { libtensorflow: cache });
    expect(error.name).toBe("FileError");
    expect(error.message).toMatch(/: expected libtensorflow_cc\.so\.2 or libtensorflow\.so\.2 .*; found no such set/);
    expect(error.message.startsWith(cache)).toBe(true);
  });

  test("what python3 can import saves the download, if it is the version that is pinned", async () => {
    const library = join(cache, "site-packages/tensorflow");
    await writeTensorFlow(library, "imported");
    const other = await install({ importable: `2.15.0\n${library}` });
    expect(await readFile(at(LIBRARY), "utf8")).toBe("the library");
    expect(other.calls.some((line) => line.includes("pip download"))).toBe(true);
    await removeEngines(cache);
    const { calls } = await install({ importable: `2.21.0\n${library}` });
    expect(await readFile(at(LIBRARY), "utf8")).toBe("imported");
    expect(calls.some((line) => line.includes("pip download"))).toBe(false);
  });

  test("another source replaces what was there", async () => {
    const library = join(cache, "mine");
    await writeTensorFlow(library);
    await install({ tensorflow: "2.18.0" }, { libtensorflow: library });
    expect(await install()).toMatchObject({ isNew: true });
    expect(await engines()).toEqual([FOLDER]);
  });

  test("--gpu adds the CUDA libraries that its TensorFlow names, in a folder of its own", async () => {
    await install();
    const { folder, manifest, lines } = await install({}, { gpu: true });
    expect(folder).toBe(join(cache, "engine", folderOf("2.21.0", "gpu")));
    expect(Object.keys(manifest.files).filter((name) => name.startsWith("nvidia"))).toEqual([
      "nvidia/nvidia-cublas-cu12.whl/lib.so",
      "nvidia/nvidia-cudnn-cu12.whl/lib.so",
    ]);
    expect(lines).toContain("      no GPU found here: it computes on the CPU, as engine node");
    expect(Object.keys(manifest.files).filter((name) => name.includes("METADATA"))).toEqual([]);
    expect((await engines()).length).toBe(2);
    expect((await refusal({ freeBytes: 2e9 }, { gpu: true, libtensorflow: cache })).message).toMatch(/needs 10\.0 GB/);
  });
});

describe("removeEngines", () => {
  test("removes every engine and tells what that freed", async () => {
    expect(await removeEngines(cache)).toEqual({ folders: [], bytes: 0 });
    const { folder, manifest } = await install();
    const listed = Object.values(manifest.files).reduce((sum, { bytes }) => sum + bytes, 0);
    const { folders, bytes } = await removeEngines(cache);
    expect(folders).toEqual([folder]);
    expect(bytes).toBeGreaterThan(listed);
    expect(await engines()).toEqual([]);
  });

  test("leaves an installation that is running", async () => {
    await mkdir(join(cache, "engine", `.staging-${hostname()}-${process.pid}-abc`), { recursive: true });
    await mkdir(join(cache, "engine", `.staging-${hostname()}-${NOBODY}-abc`), { recursive: true });
    await removeEngines(cache);
    expect(await engines()).toEqual([`.staging-${hostname()}-${process.pid}-abc`]);
  });
});
