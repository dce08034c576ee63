import { homedir } from "node:os";
import { join } from "node:path";

/** The folder for what smoothcert keeps between projects: `SMOOTHCERT_CACHE`, else the user's cache folder. */
export function cacheFolder(environment: NodeJS.ProcessEnv = process.env, platform: string = process.platform): string {
  const { SMOOTHCERT_CACHE, XDG_CACHE_HOME, LOCALAPPDATA } = environment;
  if (SMOOTHCERT_CACHE) return SMOOTHCERT_CACHE;
  if (platform === "darwin") return join(homedir(), "Library", "Caches", "smoothcert");
  if (platform === "win32") return join(LOCALAPPDATA || join(homedir(), "AppData", "Local"), "smoothcert");
  return join(XDG_CACHE_HOME || join(homedir(), ".cache"), "smoothcert");
}
