import { mkdir, mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { BINDING_REVISION, type NativeKind, TFJS_NODE_VERSION } from "./versions.js";

/**
 * Where installed engines live: `<cache>/engine/<installation>`, one folder for an installation. Folders in the making
 * stand beside them under other names, so that an installation is there either whole or not at all.
 */

/** The folder of all installed engines. */
export function enginesFolder(cache: string): string {
  return join(cache, "engine");
}

const PREFIX = `tfjs-node-${TFJS_NODE_VERSION}-r${BINDING_REVISION}-tensorflow-`;

/** The name of the folder that holds this build. */
export function installationName(tensorflow: string, kind: NativeKind): string {
  return `${PREFIX}${tensorflow}-${kind}`;
}

/** Whether a folder of this name holds an engine of this kind that this version of smoothcert can run. */
export function isInstallationName(name: string, kind: NativeKind): boolean {
  return name.startsWith(PREFIX) && name.endsWith(`-${kind}`);
}

/** The names in a folder; none where there is no folder. */
export async function namesIn(folder: string): Promise<string[]> {
  return await readdir(folder).catch(() => []);
}

const STAGING = /^\.staging-(.+)-(\d+)-\w+$/;
/** Milliseconds after which nothing is believed to be in the making any more, on whatever machine it was. */
const ABANDONED = 24 * 3600 * 1000;

/** Makes a new folder in which this process may build an installation, in the same file system as the final place. */
export async function createStaging(engines: string): Promise<string> {
  await mkdir(engines, { recursive: true });
  return await mkdtemp(join(engines, `.staging-${hostname()}-${process.pid}-`));
}

/** Whether a folder of this name is, or was, an installation in the making. */
export function isStaging(name: string): boolean {
  return STAGING.test(name);
}

/** Removes what killed installations left behind; those of running processes stay. */
export async function removeAbandoned(engines: string): Promise<void> {
  for (const name of await namesIn(engines)) {
    if (isStaging(name) && (await isAbandoned(join(engines, name), name))) await removeFolder(join(engines, name));
  }
}

async function isAbandoned(folder: string, name: string): Promise<boolean> {
  const [, host, pid] = STAGING.exec(name)!;
  if (host === hostname() && !isRunning(Number(pid))) return true;
  const age = await stat(folder)
    .then((found) => Date.now() - found.mtimeMs)
    .catch(() => 0);
  return age > ABANDONED;
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** Removes a folder that a program may still be writing to. */
export async function removeFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
}
