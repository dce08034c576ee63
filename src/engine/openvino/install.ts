import { rm } from "node:fs/promises";
import { join } from "node:path";
import { EngineError, InterruptedError } from "../../errors.js";
import { cacheFolder } from "../../files/cache-folder.js";
import { packageFile } from "../../files/package-file.js";
import type { EngineInstallOptions } from "../native/install.js";
import { installFolder } from "../native/install-folder.js";
import { unpack } from "../native/javascript.js";
import {
  type Machine,
  type RunOptions,
  requirePrograms,
  requireSpace,
  STOPPED,
  THIS_MACHINE,
} from "../native/tools.js";
import { NODE_API_HEADERS } from "../native/versions.js";
import { downloadPinned } from "../native/wheels.js";
import { compileBinding } from "./binding.js";
import { openvinoFolder, suitsOpenvino } from "./installation.js";
import { DOWNLOAD_BYTES, NEEDED, OPENVINO_VERSION, OPENVINO_WHEEL } from "./versions.js";

export interface OpenvinoInstallResult {
  readonly folder: string;
  /** False where it was there already. */
  readonly isNew: boolean;
}

/**
 * Installs OpenVINO for this user, for `--provider openvino`: its libraries from PyPI, pinned, and a binding that is
 * compiled and tried out. It is put in place by one rename; an interrupted installation leaves nothing that disturbs
 * the next. Where a whole one is there already, nothing is done.
 *
 * @throws EngineError if the platform is not supported, if programs are missing, or if a step fails
 * @throws InterruptedError if the signal stopped it
 */
export async function installOpenvino(
  options: Pick<EngineInstallOptions, "cache" | "signal" | "report" | "machine"> = {},
): Promise<OpenvinoInstallResult> {
  const { cache = cacheFolder(), report = () => {}, machine = THIS_MACHINE, signal } = options;
  const folder = openvinoFolder(cache);
  const build = (staging: string): Promise<void> => buildIn(staging, machine, report, signal);
  const isNew = await installFolder({ cache, folder, kind: "openvino", machine, report, build });
  return { folder, isNew };
}

/** Bytes on disk while installing: the download, what is unzipped from it, and pip's own copy in its cache. */
const NEEDED_BYTES = 3e8;

async function buildIn(
  staging: string,
  machine: Machine,
  report: (line: string) => void,
  signal: AbortSignal | undefined,
): Promise<void> {
  requirePlatform(machine);
  await requirePrograms(machine.run, true, "until then certify runs on ONNX Runtime");
  await requireSpace(machine, staging, NEEDED_BYTES);
  const run: RunOptions = { cwd: staging, signal };
  const step = (what: string): void => {
    if (signal?.aborted) throw new InterruptedError(STOPPED);
    report(what);
  };
  step(`OpenVINO ${OPENVINO_VERSION} from PyPI: ${Math.round(DOWNLOAD_BYTES / 1e6)} MB to download`);
  await downloadPinned(staging, OPENVINO_WHEEL, NEEDED, machine.run, run);
  await unpack(staging, NODE_API_HEADERS, machine.run, run);
  step("compiling the binding with the C++ compiler");
  await compileBinding(staging, machine, run);
  await rm(join(staging, "node_modules"), { recursive: true });
  await rm(join(staging, "openvino", "include"), { recursive: true });
  step("trying it out");
  await machine.run(process.execPath, [packageFile("dist/src/engine/openvino/smoke-test.js"), staging], { signal });
}

function requirePlatform(machine: Machine): void {
  if (suitsOpenvino(machine)) return;
  const { platform, arch } = machine;
  throw new EngineError(`engine install --openvino: works on Linux x64, this is ${platform} ${arch}`);
}
