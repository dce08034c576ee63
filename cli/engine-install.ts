import { Command } from "commander";
import { type EngineInstallOptions, installEngine, removeEngines } from "../src/index.js";
import { interruptible } from "./interrupt.js";
import { note, print } from "./print.js";
import { formatDuration } from "./progress.js";

const HELP = `
Downloads JavaScript from npm and the TensorFlow library from PyPI, and compiles
the binding between them. Needs Linux x64, npm, python3 with pip, and g++, but
neither root nor a GPU. Everything is installed in ~/.cache/smoothcert, or in
the folder named by the environment variable SMOOTHCERT_CACHE. If the
installation is interrupted, rerun the command to start over.

Examples:
  smoothcert engine install
  smoothcert engine install --libtensorflow ~/venv/lib/python3.12/site-packages/tensorflow`;

/** `smoothcert engine install`: the native engine for this user, from npm and PyPI. */
export function engineInstallCommand(): Command {
  return new Command("install")
    .description("install the native TensorFlow engine for this user; it trains several times faster")
    .option("--gpu", "install the build for NVIDIA GPUs, with CUDA libraries")
    .option("--libtensorflow <dir>", "use the TensorFlow library in this folder; download none")
    .addHelpText("after", HELP)
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
    : "already installed and intact";
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
