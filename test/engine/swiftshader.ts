import { existsSync } from "node:fs";

/** What Chromium brings along: a Vulkan driver without hardware, which every run of the tests then computes on alike. */
const DRIVER = "/usr/lib/chromium/vk_swiftshader_icd.json";

/** Lets Vulkan find no driver but this one, where it is. */
export function useSwiftShader(): void {
  if (existsSync(DRIVER)) process.env.VK_ICD_FILENAMES = DRIVER;
}
