import { join } from "node:path";
import { enginesFolder, isInstallationName, namesIn } from "./cache.js";
import { type Manifest, readManifest } from "./manifest.js";
import type { NativeKind } from "./versions.js";

/** An engine in its place. */
export interface Installation {
  readonly folder: string;
  readonly manifest: Manifest;
}

/** The folders that hold, or should hold, an engine of this kind. */
export async function installationFolders(cache: string, kind: NativeKind): Promise<string[]> {
  const engines = enginesFolder(cache);
  const names = await namesIn(engines);
  return names.filter((name) => isInstallationName(name, kind)).map((name) => join(engines, name));
}

/**
 * The engine of this kind that was installed last, or undefined where there is none.
 *
 * @throws FileError if there are only damaged ones
 */
export async function findInstallation(cache: string, kind: NativeKind): Promise<Installation | undefined> {
  const found: Installation[] = [];
  let problem: unknown;
  for (const folder of await installationFolders(cache, kind)) {
    try {
      found.push({ folder, manifest: await readManifest(folder) });
    } catch (error) {
      problem = error;
    }
  }
  if (found.length === 0 && problem !== undefined) throw problem;
  return found.sort((a, b) => a.manifest.installed.localeCompare(b.manifest.installed)).at(-1);
}
