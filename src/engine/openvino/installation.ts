import { createRequire } from "node:module";
import { join } from "node:path";
import { EngineError } from "../../errors.js";
import { cacheFolder } from "../../files/cache-folder.js";
import { enginesFolder } from "../native/cache.js";
import { isInstalled, requireIntact } from "../native/install-folder.js";
import { BINDING, type OpenvinoBinding } from "./binding.js";
import { BINDING_REVISION, OPENVINO_VERSION } from "./versions.js";

/** Where `smoothcert engine install --openvino` puts OpenVINO, and how it is found there. */

export const OPENVINO_INSTALLATION = "smoothcert engine install --openvino";

/** Whether OpenVINO can be installed on such a machine. */
export function suitsOpenvino({
  platform,
  arch,
}: {
  readonly platform: string;
  readonly arch: string;
} = process): boolean {
  return platform === "linux" && arch === "x64";
}

export function openvinoFolder(cache: string): string {
  return join(enginesFolder(cache), `openvino-${OPENVINO_VERSION}-r${BINDING_REVISION}`);
}

/**
 * Loads OpenVINO from the cache, or returns undefined where it is not installed.
 *
 * @throws EngineError, FileError if the installation is damaged or does not load
 */
export async function importOpenvino(cache: string = cacheFolder()): Promise<OpenvinoBinding | undefined> {
  const folder = openvinoFolder(cache);
  if (!(await isInstalled(folder))) return undefined;
  await requireIntact(folder, OPENVINO_INSTALLATION);
  return loadBinding(folder);
}

/** @throws EngineError if the module in this folder does not load */
export function loadBinding(folder: string): OpenvinoBinding {
  try {
    return createRequire(import.meta.url)(join(folder, BINDING)) as OpenvinoBinding;
  } catch (cause) {
    throw new EngineError(`OpenVINO does not load: ${(cause as Error).message}`, { cause });
  }
}
