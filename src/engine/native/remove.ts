import { join } from "node:path";
import { cacheFolder } from "../../files/cache-folder.js";
import { folderBytes } from "../../files/folder-bytes.js";
import { enginesFolder, isStaging, namesIn, removeAbandoned, removeFolder } from "./cache.js";

export interface EngineRemoval {
  /** The folders removed. */
  readonly folders: readonly string[];
  /** Bytes freed. */
  readonly bytes: number;
}

/**
 * Removes every engine from the cache, of every version, and what interrupted installations left. Installations that
 * are running go on.
 */
export async function removeEngines(cache: string = cacheFolder()): Promise<EngineRemoval> {
  const engines = enginesFolder(cache);
  await removeAbandoned(engines);
  const names = (await namesIn(engines)).filter((name) => !isStaging(name));
  const folders = names.map((name) => join(engines, name));
  let bytes = 0;
  for (const folder of folders) {
    bytes += await folderBytes(folder);
    await removeFolder(folder);
  }
  return { folders, bytes };
}
