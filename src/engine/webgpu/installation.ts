import { join } from "node:path";
import { cacheFolder } from "../../files/cache-folder.js";
import { enginesFolder } from "../native/cache.js";
import { isInstalled, requireIntact } from "../native/install-folder.js";
import { loadWebgpu, type WebgpuEngine } from "./load.js";
import { BACKEND, DAWN } from "./versions.js";

/** Where `smoothcert engine install --webgpu` puts the engine, and how it is found there. */

const REPAIR = "smoothcert engine install --webgpu";

export function webgpuFolder(cache: string): string {
  return join(enginesFolder(cache), `webgpu-${DAWN.version}-tfjs-${BACKEND.version}`);
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
  await requireIntact(folder, REPAIR);
  return await loadWebgpu(join(folder, "index.js"), folder);
}
