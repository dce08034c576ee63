import { spawnSync } from "node:child_process";
import { EngineError } from "../../errors.js";
import { packageFile } from "../../files/package-file.js";
import type { AdapterReport } from "./adapter.js";

/** Milliseconds that a driver may take to start. */
const PATIENCE = 30_000;

const NO_LOADER =
  "there is no Vulkan loader (libvulkan.so.1: apt install libvulkan1, or name a folder that has it in LD_LIBRARY_PATH)";
const NO_ADAPTER = "no GPU with a driver for Vulkan, Metal or Direct3D 12 was found";

const probed = new Map<string, AdapterReport>();

/**
 * Asks Dawn for the GPU, in a process of its own, once for each package.
 *
 * @param dawn the address (`file:` URL) of the package `webgpu`
 * @throws EngineError if there is no adapter, or the process fails
 */
export function probe(dawn: string): AdapterReport {
  const found = probed.get(dawn) ?? ask(dawn);
  probed.set(dawn, found);
  return found;
}

function ask(dawn: string): AdapterReport {
  const program = packageFile("dist/src/engine/webgpu/probe-program.js");
  const child = spawnSync(process.execPath, [program, dawn], { encoding: "utf8", timeout: PATIENCE });
  if (child.status !== 0) throw new EngineError(failure(child));
  const adapter = JSON.parse(child.stdout) as AdapterReport | null;
  if (adapter === null) throw new EngineError(/load Vulkan/.test(child.stderr) ? NO_LOADER : NO_ADAPTER);
  return adapter;
}

function failure({ error, signal, status, stderr }: ReturnType<typeof spawnSync>): string {
  const how = error?.message ?? signal ?? `exit code ${status}`;
  const lines = String(stderr).trim().split("\n");
  const said = lines.find((line) => /^\w*Error: /.test(line)) ?? lines.at(-1);
  return `the process that asked for the GPU failed (${how})${said ? `: ${said}` : ""}`;
}
