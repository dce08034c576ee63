import { Command } from "commander";
import { type EngineInstallOptions, installEngine, removeEngines } from "../src/index.js";
import { interruptible } from "./interrupt.js";
import { note, print } from "./print.js";
import { formatDuration } from "./progress.js";

/** `smoothcert engine install`: the native engine for this user, from npm and PyPI. */
export function engineInstallCommand(): Command {
  return new Command("install")
    .description("install the native TensorFlow engine for this user; training is several times faster on it")
    .option("--gpu", "TensorFlow's build for NVIDIA GPUs, with CUDA libraries")
    .option("--libtensorflow <dir>", "use the TensorFlow library in this folder instead of downloading one")
    .addHelpText(
      "after",
      `
Takes JavaScript from npm and TensorFlow's library from PyPI, and compiles the binding between them. Needs Linux x64,
npm, python3 with pip, and g++; neither root nor a GPU. All goes into ~/.cache/smoothcert, or the folder that the
environment variable SMOOTHCERT_CACHE names. Interrupted, it starts again; installed, it does nothing.

Examples:
  smoothcert engine install
  smoothcert engine install --libtensorflow ~/venv/lib/python3.12/site-packages/tensorflow`,
    )
    .action((options: Pick<EngineInstallOptions, "gpu" | "libtensorflow">) =>
      interruptible((signal) => install(options, signal)),
    );
}

async function install(
  options: Pick<EngineInstallOptions, "gpu" | "libtensorflow">,
  signal: AbortSignal,
): Promise<void> {
  const start = performance.now();
  const { folder, manifest, isNew } = await installEngine({ ...options, signal, report: note });
  const took = isNew
    ? `installed in ${formatDuration((performance.now() - start) / 1000)}`
    : "already installed and whole";
  print(`TensorFlow ${manifest.tensorflow} (${manifest.kind}) ${took}: ${folder}`);
}

/** `smoothcert engine remove`: takes back what `install` put there. */
export function engineRemoveCommand(): Command {
  return new Command("remove")
    .description("remove the native engines that 'smoothcert engine install' installed")
    .action(async () => {
      const { folders, bytes } = await removeEngines();
      for (const folder of folders) print(`removed ${folder}`);
      print(
        folders.length === 0 ? "no engine is installed" : `${Math.round(bytes / 1e6).toLocaleString("en")} MB freed`,
      );
    });
}
