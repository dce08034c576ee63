import { stat } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { EngineError } from "../../errors.js";
import { cacheFolder } from "../../files/cache-folder.js";
import { enginesFolder } from "../native/cache.js";
import { findDamage, INSTALLED, readManifestAs } from "../native/manifest.js";
import { loadWebgpu, type WebgpuEngine } from "./load.js";
import { BACKEND, DAWN } from "./versions.js";

/** Where `smoothcert engine install --webgpu` puts the engine, and how it is found there. */

const manifest = INSTALLED.extend({ kind: z.literal("webgpu") });

export type WebgpuManifest = z.infer<typeof manifest>;

export const REPAIR = "smoothcert engine install --webgpu";

export function webgpuFolder(cache: string): string {
  return join(enginesFolder(cache), `webgpu-${DAWN.version}-tfjs-${BACKEND.version}`);
}

/** Whether there is an installation, whole or not. */
export async function isInstalled(folder: string): Promise<boolean> {
  return await stat(folder).then(
    () => true,
    () => false,
  );
}

/** @throws FileError if the folder holds no valid manifest */
export async function readWebgpuManifest(folder: string): Promise<WebgpuManifest> {
  return await readManifestAs(manifest, folder);
}

/**
 * Loads the engine from the cache, or npm's packages where it is not installed there.
 *
 * @throws EngineError, FileError if the installation is damaged, or there is no GPU; what Node throws where there are
 * no packages
 */
export async function importWebgpu(cache: string = cacheFolder()): Promise<WebgpuEngine> {
  const folder = webgpuFolder(cache);
  if (!(await isInstalled(folder))) return await loadWebgpu(import.meta.url);
  const damage = await findDamage(folder, await readWebgpuManifest(folder), "quick");
  if (damage !== undefined) throw new EngineError(`${damage}; ${REPAIR} repairs it`);
  return await loadWebgpu(join(folder, "index.js"), folder);
}
