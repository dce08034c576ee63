import { mkdir, readFile, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { Machine, Runner, RunOptions } from "smoothcert";
import { NPM_PACKAGES } from "../../src/engine/native/versions.js";

/** A machine on which programs do at once what they would do, with small files, and tell what was run. */
export interface FakeMachine extends Machine {
  /** The command lines run so far. */
  readonly calls: string[];
}

export interface Faults {
  /** Called before each program does its work, with the number of the call: 0, 1, ... */
  readonly before?: (call: number, line: string, options: RunOptions) => Promise<void> | void;
  /** Programs that are not there. */
  readonly missing?: readonly string[];
  readonly freeBytes?: number;
  readonly platform?: string;
  readonly arch?: string;
  /** What npm says it downloaded, instead of what is pinned. */
  readonly integrity?: string;
  /** The version that the compiled engine says it is. */
  readonly tensorflow?: string;
  /** Version and folder of the TensorFlow that python3 can import. */
  readonly importable?: string;
  /** The contents of TensorFlow's library. */
  readonly library?: string;
}

export function fakeMachine(faults: Faults = {}): FakeMachine {
  const calls: string[] = [];
  const run: Runner = async (command, args, options = {}) => {
    const line = [command, ...args].join(" ");
    calls.push(line);
    await faults.before?.(calls.length - 1, line, options);
    const absent = faults.missing?.some((name) => line.startsWith(name)) ?? false;
    if (absent) throw new Error(`spawn ${command} ENOENT`);
    if (args.at(-1) === "--version") return "1.0";
    if (command === "npm") return await npmPack(args, options.cwd!, faults);
    if (command === "tar") return await untar(join(options.cwd!, args[args.indexOf("-C") + 1]));
    if (command === "python3") return await python(args, options, faults);
    if (args.includes("-shared") || args.includes("-c"))
      return await write(args[args.indexOf("-o") + 1], `compiled ${args.join(" ")}`);
    return JSON.stringify({ tensorflow: faults.tensorflow ?? "2.21.0", usesGpu: false });
  };
  const { platform = "linux", arch = "x64", freeBytes = 1e12 } = faults;
  return { run, calls, platform, arch, freeBytes: async () => freeBytes };
}

async function write(path: string, text: string): Promise<string> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
  return "";
}

async function npmPack(args: readonly string[], folder: string, { integrity }: Faults): Promise<string> {
  const wanted = NPM_PACKAGES.find(({ name, version }) => args[1] === `${name}@${version}`)!;
  const filename = `${wanted.name.replace("@", "").replace("/", "-")}-${wanted.version}.tgz`;
  await write(join(folder, filename), "archive");
  return JSON.stringify([{ filename, integrity: integrity ?? wanted.integrity }]);
}

async function untar(target: string): Promise<string> {
  await write(join(target, "package.json"), JSON.stringify({ version: "4.22.0" }));
  await write(join(target, "include/node_api.h"), "header");
  if (basename(target) !== "tfjs-node") return "";
  await write(join(target, "binding/tfjs_binding.cc"), "source");
  await write(join(target, "binding/tfjs_backend.cc"), "    case TF_ATTR_STRING: {\n    case TF_ATTR_TYPE: {\n");
  await write(join(target, "dist/nodejs_kernel_backend.js"), 'const util = require("util");');
  await write(join(target, "dist/index.d.ts"), "declarations");
  await write(join(target, "dist/kernels/Abs_test.js"), "test");
  return await write(join(target, "dist/kernels/Abs.js"), 'require("@tensorflow/tfjs")');
}

async function python(args: readonly string[], options: RunOptions, faults: Faults): Promise<string> {
  if (args.includes("download")) {
    const wheel = `${await packageIn(args.at(-1)!)}.whl`;
    return await write(join(args[args.indexOf("--dest") + 1], wheel), "");
  }
  if (args.length === 2) return faults.importable ?? "";
  const [wheel, folder] = args.slice(2);
  if (basename(wheel).startsWith("nvidia"))
    return await write(join(folder, "nvidia", basename(wheel), "lib.so"), "cuda");
  if (basename(wheel).startsWith("openvino")) {
    await write(join(folder, "openvino/libs/libopenvino.so.2641"), faults.library ?? "the library");
    return await write(join(folder, "openvino/include/openvino/openvino.hpp"), "header");
  }
  const isGpu = basename(wheel) === "tensorflow.whl";
  if (isGpu) await write(join(folder, "tensorflow-2.21.0.dist-info", "METADATA"), METADATA);
  await writeTensorFlow(join(folder, "tensorflow"), faults.library);
  if (options.cwd === undefined) throw new Error("unzipping needs a folder");
  return "";
}

const METADATA = `Name: tensorflow
Requires-Dist: numpy>=1.26.0
Requires-Dist: nvidia-cublas-cu12<13.0,>=12.5.3.2; extra == "and-cuda"
Requires-Dist: nvidia-cudnn-cu12<10.0,>=9.3.0.75; extra == "and-cuda"
`;

/** The package that a requirement names, or a file of one requirement. */
async function packageIn(requirement: string): Promise<string> {
  const text = requirement.endsWith(".txt") ? await readFile(requirement, "utf8") : requirement;
  return /^[\w-]+/.exec(text)![0];
}

/** A folder with TensorFlow's library in it, as PyPI's package has it. */
export async function writeTensorFlow(folder: string, library = "the library"): Promise<void> {
  await write(join(folder, "libtensorflow_cc.so.2"), library);
  await write(join(folder, "libtensorflow_framework.so.2"), "the framework");
  await write(join(folder, "include/tensorflow/c/c_api.h"), "header");
}
