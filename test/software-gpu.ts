import { existsSync } from "node:fs";

/** A Vulkan driver that computes on the processor: SwiftShader, which Debian's Chromium package has. */

const CHROMIUM = "/usr/lib/chromium";
const DRIVER = `${CHROMIUM}/vk_swiftshader_icd.json`;

/** Why tests that need the driver are skipped; undefined where it is there. */
export const noSoftwareGpu: string | undefined =
  process.platform === "linux" && existsSync(DRIVER) ? undefined : `there is no ${DRIVER}`;

/** Lets Vulkan find no driver in this process but this one, where it is; tests' processes start with its loader. */
export function useSoftwareGpu(): void {
  if (noSoftwareGpu === undefined) process.env.VK_ICD_FILENAMES = DRIVER;
}

/** The environment of a program that is to find the driver, and its loader. */
export function softwareGpu(env: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  return { ...env, VK_ICD_FILENAMES: DRIVER, LD_LIBRARY_PATH: CHROMIUM };
}
