import { rename } from "node:fs/promises";
import { join } from "node:path";
import { EngineError } from "../../errors.js";
import { cacheFolder } from "../../files/cache-folder.js";
import { buildEngine } from "./build.js";
import { createStaging, enginesFolder, installationName, removeAbandoned, removeFolder } from "./cache.js";
import { findInstallation, type Installation, installationFolders } from "./installations.js";
import { findDamage } from "./manifest.js";
import { pinnedSource } from "./tensorflow.js";
import { type Machine, requirePrograms, THIS_MACHINE } from "./tools.js";
import type { NativeKind } from "./versions.js";

export interface EngineInstallOptions {
  /** TensorFlow's build for NVIDIA GPUs, with the CUDA libraries it needs. Default: the build for CPUs. */
  readonly gpu?: boolean;
  /** The folder of a TensorFlow library to use, instead of downloading one. */
  readonly libtensorflow?: string;
  /** Where to install. Default: the user's cache folder, or `SMOOTHCERT_CACHE`. */
  readonly cache?: string;
  /** Stops the installation and removes what it has done so far. */
  readonly signal?: AbortSignal;
  /** Told in a line what is being done. */
  readonly report?: (line: string) => void;
  /** How programs are run; tests hand in their own. */
  readonly machine?: Machine;
}

export interface EngineInstallResult extends Installation {
  /** False where the engine was there already. */
  readonly isNew: boolean;
}

/**
 * Installs the native TensorFlow.js engine for this user: JavaScript and binding sources from npm, TensorFlow's library
 * from PyPI, compiled and tried out. Everything is built in a folder of its own and put in place by one rename, so that
 * the engine is there either whole or not at all; an interrupted installation leaves nothing that disturbs the next.
 * Where a whole one is there already, nothing is done.
 *
 * @throws EngineError if the platform is not supported, if programs or disk space are missing, or if a step fails
 * @throws FileError if `libtensorflow` holds no library
 * @throws InterruptedError if the signal stopped it
 */
export async function installEngine(options: EngineInstallOptions = {}): Promise<EngineInstallResult> {
  const { machine = THIS_MACHINE, cache = cacheFolder(), report = () => {} } = options;
  const kind = options.gpu === true ? "gpu" : "cpu";
  const source = options.libtensorflow ?? pinnedSource(kind);
  const present = await findWhole(cache, kind, source, report);
  if (present !== undefined) return { ...present, isNew: false };

  await requireInstallable(machine, options.libtensorflow !== undefined);
  const engines = enginesFolder(cache);
  await removeAbandoned(engines);
  const staging = await createStaging(engines);
  try {
    const { signal, libtensorflow } = options;
    const manifest = await buildEngine({ staging, kind, source, libtensorflow, machine, signal, report });
    const folder = join(engines, installationName(manifest.tensorflow, kind));
    await putInPlace(staging, folder);
    await removeOthers(cache, kind, folder);
    return { folder, manifest, isNew: true };
  } finally {
    await removeFolder(staging);
  }
}

/** The installation made from this source, if there is one and all its files are as they were. */
async function findWhole(
  cache: string,
  kind: NativeKind,
  source: string,
  report: (line: string) => void,
): Promise<Installation | undefined> {
  const found = await findInstallation(cache, kind).catch(() => undefined);
  if (found === undefined || found.manifest.source !== source) return undefined;
  const damage = await findDamage(found.folder, found.manifest, "full");
  if (damage === undefined) return found;
  report(`${damage}: installing it again`);
  return undefined;
}

const MEANWHILE =
  "until then everything runs on the wasm engine. Nothing of Python's is needed with --libtensorflow DIR";

/**
 * Refuses a machine on which {@link installEngine} can't work.
 *
 * @param hasLibrary whether a TensorFlow library is given, so that none is downloaded
 * @throws EngineError if the platform is not supported, or naming the programs that are missing
 */
export async function requireInstallable(machine: Machine = THIS_MACHINE, hasLibrary = false): Promise<void> {
  requirePlatform(machine, hasLibrary);
  await requirePrograms(machine.run, !hasLibrary, MEANWHILE);
}

function requirePlatform({ platform, arch }: Machine, hasLibrary: boolean): void {
  if (platform === "linux" && (arch === "x64" || hasLibrary)) return;
  const instead =
    platform === "linux"
      ? "give a TensorFlow library for it by --libtensorflow DIR"
      : "try npm's own build: npm install @tensorflow/tfjs-node";
  throw new EngineError(
    `engine install: works on Linux x64, this is ${platform} ${arch}. Here, ${instead}, which smoothcert then finds ` +
      "(untested); without it everything runs on the wasm engine",
  );
}

/** Renames the finished folder. Where another installation was quicker, its result is as good; a damaged one goes. */
export async function putInPlace(staging: string, folder: string): Promise<void> {
  for (let attempt = 0; attempt < 3; attempt++) {
    try {
      await rename(staging, folder);
      return;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== "ENOTEMPTY" && code !== "EEXIST" && code !== "ENOTDIR") throw error;
    }
    await moveAside(folder, staging);
  }
  throw new EngineError(`engine install: other installations keep writing to ${folder}; try again when they are done`);
}

/** The old folder leaves by a rename too: nobody sees half of it. */
async function moveAside(folder: string, staging: string): Promise<void> {
  const old = `${staging}old`;
  try {
    await rename(folder, old);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
  await removeFolder(old);
}

/** Earlier versions of TensorFlow for the same engine are of no use any more. */
async function removeOthers(cache: string, kind: NativeKind, kept: string): Promise<void> {
  for (const folder of await installationFolders(cache, kind)) {
    if (folder !== kept) await removeFolder(folder);
  }
}
