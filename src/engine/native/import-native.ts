import { EngineError } from "../../errors.js";
import { cacheFolder } from "../../files/cache-folder.js";
import { findInstallation, type Installation } from "./installations.js";
import { loadEngine, loadedEngine, type NativeEngine } from "./load.js";
import { findDamage } from "./manifest.js";
import type { NativeKind } from "./versions.js";

/**
 * Loads the engine that `smoothcert engine install` put into the cache, or returns undefined where there is none.
 * Without a GPU, the GPU build works too.
 *
 * @throws EngineError, FileError if the installation is damaged; what the loader throws if it does not load
 */
export async function importNative(kind: NativeKind, cache = cacheFolder()): Promise<NativeEngine | undefined> {
  const running = loadedEngine();
  if (running !== undefined && (kind === "cpu" || running.kind === "gpu")) return running;
  const found =
    (await findInstallation(cache, kind)) ?? (kind === "cpu" ? await findInstallation(cache, "gpu") : undefined);
  return found === undefined ? undefined : await loadWhole(found);
}

async function loadWhole({ folder, manifest }: Installation): Promise<NativeEngine> {
  const damage = await findDamage(folder, manifest, "quick");
  if (damage !== undefined) throw new EngineError(`${damage}; ${repair(manifest.kind)} repairs it`);
  return loadEngine(folder, manifest.kind);
}

/** The command that installs this build. */
export function repair(kind: NativeKind): string {
  return `smoothcert engine install${kind === "gpu" ? " --gpu" : ""}`;
}
