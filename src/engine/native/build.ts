import { InterruptedError } from "../../errors.js";
import { folderBytes } from "../../files/folder-bytes.js";
import { packageFile } from "../../files/package-file.js";
import { compileBindings } from "./binding.js";
import { installJavaScript, removeSources } from "./javascript.js";
import { listFiles, type Manifest, writeManifest } from "./manifest.js";
import {
  copyTensorFlow,
  downloadCuda,
  downloadTensorFlow,
  importableTensorFlow,
  removeHeaders,
  type TensorFlowLibrary,
} from "./tensorflow.js";
import { type Machine, type RunOptions, requireSpace, STOPPED } from "./tools.js";
import { type NativeKind, TENSORFLOW_VERSION, TFJS_NODE_VERSION, WHEELS } from "./versions.js";

export interface Build {
  /** The empty folder to build in. */
  readonly staging: string;
  readonly kind: NativeKind;
  readonly source: string;
  /** The folder of a library to copy. */
  readonly libtensorflow: string | undefined;
  readonly machine: Machine;
  readonly signal: AbortSignal | undefined;
  readonly report: (line: string) => void;
}

/** Bytes on disk while installing: downloads, what is unzipped from them, and pip's own copies in its cache. */
const NEEDED_BYTES: Readonly<Record<NativeKind, number>> = { cpu: 1.5e9, gpu: 1e10 };

/** Builds an engine step by step, tries it out, and lists its files. */
export async function buildEngine(build: Build): Promise<Manifest> {
  const { staging, kind, source, machine, signal, report } = build;
  await requireSpace(machine, staging, NEEDED_BYTES[kind]);
  const run: RunOptions = { cwd: staging, signal };
  const steps = kind === "gpu" && build.libtensorflow === undefined ? 6 : 5;
  let number = 0;
  const step = async <T>(what: string, task: () => Promise<T>): Promise<T> => {
    number++;
    if (signal?.aborted) throw new InterruptedError(STOPPED);
    report(`[${number}/${steps}] ${what}`);
    const start = performance.now();
    const result = await task();
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    report(`      ${seconds} s, ${megabytes(await folderBytes(staging))} MB in the folder`);
    return result;
  };
  await step("JavaScript and sources from npm", () => installJavaScript(staging, machine.run, run));
  const tensorflow = await obtainTensorFlow(build, run, step);
  await step("compiling the binding with the C++ compiler", async () => {
    await compileBindings(staging, tensorflow, machine, run);
    await removeSources(staging);
    await removeHeaders(staging);
  });
  const tried = await step("trying it out", () => tryOut(build));
  return await step("checksums", async () => {
    const manifest: Manifest = {
      format: 1,
      kind,
      tfjsNode: TFJS_NODE_VERSION,
      tensorflow: tried.tensorflow,
      source,
      platform: `${machine.platform}-${machine.arch}`,
      installed: new Date().toISOString(),
      files: await listFiles(staging),
    };
    await writeManifest(staging, manifest);
    return manifest;
  });
}

type Step = <T>(what: string, task: () => Promise<T>) => Promise<T>;

async function obtainTensorFlow(build: Build, run: RunOptions, step: Step): Promise<TensorFlowLibrary> {
  const { staging, kind, machine } = build;
  const from = build.libtensorflow ?? (kind === "cpu" ? await importableTensorFlow(machine.run) : undefined);
  if (from !== undefined) return await step(`TensorFlow from ${from}`, () => copyTensorFlow(staging, from));
  const { package: name, bytes } = WHEELS[kind];
  const library = await step(`${name} ${TENSORFLOW_VERSION} from PyPI: ${megabytes(bytes)} MB to download`, () =>
    downloadTensorFlow(staging, kind, machine.run, run),
  );
  if (kind === "gpu") {
    await step("NVIDIA's CUDA libraries from PyPI: about 2,800 MB to download", () =>
      downloadCuda(staging, machine.run, run),
    );
  }
  return library;
}

interface TriedOut {
  readonly tensorflow: string;
  readonly usesGpu: boolean;
}

/** In a process of its own: a library that does not suit the processor ends the process that loads it. */
async function tryOut({ staging, kind, machine, signal, report }: Build): Promise<TriedOut> {
  const program = packageFile("dist/src/engine/native/smoke-test.js");
  const env = { TF_CPP_MIN_LOG_LEVEL: "1" };
  const result = JSON.parse(await machine.run(process.execPath, [program, staging, kind], { env, signal })) as TriedOut;
  if (kind === "gpu" && !result.usesGpu) report("      no GPU found here: it computes on the CPU, as engine node");
  return result;
}

function megabytes(bytes: number): string {
  return Math.round(bytes / 1e6).toLocaleString("en");
}
