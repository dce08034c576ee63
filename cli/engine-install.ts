import { Command, Option } from "commander";
import {
  type EngineInstallOptions,
  installEngine,
  installOpenvino,
  installWebgpu,
  removeEngines,
} from "../src/index.js";
import { adapterText } from "./engine-text.js";
import { interruptible } from "./interrupt.js";
import { note, print } from "./print.js";
import { formatDuration } from "./progress.js";

const HELP = `
Downloads JavaScript from npm and the TensorFlow library from PyPI, and compiles
the binding between them. Needs Linux x64, npm, python3 with pip, and g++, but
neither root nor a GPU. Everything is installed in ~/.cache/smoothcert, or in
the folder named by the environment variable SMOOTHCERT_CACHE. If the
installation is interrupted, rerun the command to start over.

--webgpu installs another engine: GPUs of all makers on Linux, macOS and
Windows. It downloads two packages from npm and compiles nothing.

--openvino installs Intel's OpenVINO, for certify --provider openvino: on Intel's
and AMD's processors it computes int8 models and small networks faster than ONNX
Runtime. It comes from PyPI; Linux x64, python3 with pip, and g++ are needed.

Examples:
  smoothcert engine install
  smoothcert engine install --webgpu
  smoothcert engine install --openvino
  smoothcert engine install --libtensorflow ~/venv/lib/python3.12/site-packages/tensorflow`;

const WEBGPU = "install another engine, for GPUs of all makers (54 MB to download)";

const OPENVINO = "install OpenVINO, for certify --provider openvino (59 MB to download)";

interface Options extends Pick<EngineInstallOptions, "gpu" | "libtensorflow"> {
  readonly webgpu?: true;
  readonly openvino?: true;
}

/** `smoothcert engine install`: the native engine for this user, or that for WebGPU, or OpenVINO, from npm and PyPI. */
export function engineInstallCommand(): Command {
  return new Command("install")
    .description("install the native TensorFlow engine for this user; it trains several times faster than WebAssembly")
    .option("--gpu", "install the build for NVIDIA GPUs, with CUDA libraries")
    .addOption(new Option("--webgpu", WEBGPU).conflicts(["gpu", "libtensorflow"]))
    .addOption(new Option("--openvino", OPENVINO).conflicts(["gpu", "libtensorflow", "webgpu"]))
    .option("--libtensorflow <dir>", "use the TensorFlow library in this folder; download none")
    .addHelpText("after", HELP)
    .action((options: Options) =>
      interruptible((signal) => {
        if (options.webgpu) return webgpu(signal);
        return options.openvino ? openvino(signal) : install(options, signal);
      }),
    );
}

async function install({ gpu, libtensorflow }: Options, signal: AbortSignal): Promise<void> {
  const start = performance.now();
  const from = { ...(gpu && { gpu }), ...(libtensorflow !== undefined && { libtensorflow }) };
  const { folder, manifest, isNew } = await installEngine({ ...from, signal, report: note });
  print(`TensorFlow ${manifest.tensorflow} (${manifest.kind}) ${took(start, isNew)}: ${folder}`);
}

async function webgpu(signal: AbortSignal): Promise<void> {
  const start = performance.now();
  const { folder, adapter, isNew } = await installWebgpu({ signal, report: note });
  print(`WebGPU ${took(start, isNew)}: ${folder}`);
  print(typeof adapter === "string" ? `it does not run here yet: ${adapter}` : `it runs on ${adapterText(adapter)}`);
}

async function openvino(signal: AbortSignal): Promise<void> {
  const start = performance.now();
  const { folder, isNew } = await installOpenvino({ signal, report: note });
  print(`OpenVINO ${took(start, isNew)}: ${folder}`);
}

function took(start: number, isNew: boolean): string {
  if (!isNew) return "already installed and intact";
  return `installed in ${formatDuration((performance.now() - start) / 1000)}`;
}

/** `smoothcert engine remove`: takes back what `install` put there. */
export function engineRemoveCommand(): Command {
  return new Command("remove")
    .description("remove the engines that 'smoothcert engine install' installed")
    .action(async () => {
      const { folders, bytes } = await removeEngines();
      for (const folder of folders) print(`removed ${folder}`);
      print(
        folders.length === 0 ? "no engine is installed" : `${Math.round(bytes / 1e6).toLocaleString("en")} MB freed`,
      );
    });
}
