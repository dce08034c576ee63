import { readdir, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { EngineError } from "../../errors.js";
import { cacheFolder } from "../../files/cache-folder.js";
import type { EngineInstallOptions } from "../native/install.js";
import { installFolder } from "../native/install-folder.js";
import { unpack, writeStandIn } from "../native/javascript.js";
import { type Machine, THIS_MACHINE } from "../native/tools.js";
import type { AdapterReport } from "./adapter.js";
import { webgpuFolder } from "./installation.js";
import { probe } from "./probe.js";
import { BACKEND, DAWN, DOWNLOAD_BYTES } from "./versions.js";

export interface WebgpuInstallResult {
  readonly folder: string;
  /** False where the engine was there already. */
  readonly isNew: boolean;
  /** The GPU that it will run on, or why there is none. */
  readonly adapter: AdapterReport | string;
}

/**
 * Installs the engine `webgpu` for this user: two packages of npm's, pinned, of which this platform's files are kept.
 * Nothing is compiled. It is put in place by one rename; an interrupted installation leaves nothing that disturbs the
 * next. Where a whole one is there already, nothing is done.
 *
 * @throws EngineError if npm fails, or the packages are others than those pinned or have no build for this platform
 * @throws InterruptedError if the signal stopped it
 */
export async function installWebgpu(
  options: Pick<EngineInstallOptions, "cache" | "signal" | "report" | "machine"> = {},
): Promise<WebgpuInstallResult> {
  const { cache = cacheFolder(), report = () => {}, machine = THIS_MACHINE, signal } = options;
  const folder = webgpuFolder(cache);
  const isNew = await installFolder({
    cache,
    folder,
    kind: "webgpu",
    machine,
    report,
    async build(staging) {
      const packages = `${DAWN.name} ${DAWN.version} and ${BACKEND.name} ${BACKEND.version}`;
      report(`${packages} from npm: ${DOWNLOAD} MB to download`);
      for (const wanted of [DAWN, BACKEND]) await unpack(staging, wanted, machine.run, { signal });
      await keepOnly(join(staging, "node_modules", DAWN.name, "dist"), [build(machine)]);
      await keepOnly(join(staging, "node_modules", BACKEND.name, "dist"), [BUNDLE]);
      await writeStandIn(staging, "@tensorflow/tfjs-core");
    },
  });
  return { folder, isNew, adapter: adapterOf(folder) };
}

const DOWNLOAD = Math.round(DOWNLOAD_BYTES / 1e6);
/** The file that the backend's package.json names as its entry. */
const BUNDLE = "tf-backend-webgpu.node.js";

/** The folder of the package `webgpu` that holds Dawn for this machine. */
function build({ platform, arch }: Machine): string {
  return platform === "darwin" ? "darwin-universal" : `${platform}-${arch}`;
}

/** Removes all entries of a folder but these. */
async function keepOnly(folder: string, wanted: readonly string[]): Promise<void> {
  const names = await readdir(folder);
  const missing = wanted.find((name) => !names.includes(name));
  if (missing !== undefined) {
    throw new EngineError(`engine install: ${DAWN.name} ${DAWN.version} has no build for this platform (${missing})`);
  }
  for (const name of names) if (!wanted.includes(name)) await rm(join(folder, name), { recursive: true });
}

function adapterOf(folder: string): AdapterReport | string {
  try {
    const dawn = createRequire(join(folder, "index.js")).resolve(DAWN.name);
    return probe(pathToFileURL(dawn).href);
  } catch (error) {
    return (error as Error).message;
  }
}
