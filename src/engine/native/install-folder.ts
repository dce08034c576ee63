import { stat } from "node:fs/promises";
import { EngineError } from "../../errors.js";
import { createStaging, enginesFolder, removeAbandoned, removeFolder } from "./cache.js";
import { putInPlace } from "./install.js";
import { findDamage, INSTALLED, listFiles, readManifestAs, writeManifest } from "./manifest.js";
import type { Machine } from "./tools.js";

/** Installations that are one folder of files each, the same for all who install this version. */

export interface FolderInstallation {
  readonly cache: string;
  /** The folder that it is to be. */
  readonly folder: string;
  /** What it is, in its manifest. */
  readonly kind: string;
  readonly machine: Machine;
  readonly report: (line: string) => void;
  /** Fills an empty folder with it. */
  build(staging: string): Promise<void>;
}

/**
 * Builds a folder in the cache and puts it in place by one rename; an interrupted installation leaves nothing that
 * disturbs the next. Where a whole one is there already, nothing is done.
 *
 * @returns whether it is new
 */
export async function installFolder(installation: FolderInstallation): Promise<boolean> {
  const { cache, folder, kind, machine, report } = installation;
  if (await isWhole(folder, report)) return false;
  const engines = enginesFolder(cache);
  await removeAbandoned(engines);
  const staging = await createStaging(engines);
  try {
    await installation.build(staging);
    const platform = `${machine.platform}-${machine.arch}`;
    const installed = new Date().toISOString();
    await writeManifest(staging, { format: 1, kind, platform, installed, files: await listFiles(staging) });
    await putInPlace(staging, folder);
  } finally {
    await removeFolder(staging);
  }
  return true;
}

/** Whether there is such an installation, whole or not. */
export async function isInstalled(folder: string): Promise<boolean> {
  return await stat(folder).then(
    () => true,
    () => false,
  );
}

/**
 * Refuses an installation that is damaged as far as a quick look can tell.
 *
 * @param repair the command that installs it
 * @throws EngineError, FileError
 */
export async function requireIntact(folder: string, repair: string): Promise<void> {
  const damage = await findDamage(folder, await readManifestAs(INSTALLED, folder), "quick");
  if (damage !== undefined) throw new EngineError(`${damage}; ${repair} repairs it`);
}

async function isWhole(folder: string, report: (line: string) => void): Promise<boolean> {
  if (!(await isInstalled(folder))) return false;
  const damage = await readManifestAs(INSTALLED, folder).then(
    (manifest) => findDamage(folder, manifest, "full"),
    (error: Error) => error.message,
  );
  if (damage !== undefined) report(`${damage}: installing it again`);
  return damage === undefined;
}
