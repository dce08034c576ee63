import { existsSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";

/**
 * Makes a folder and those above it with this mode, and returns the topmost that was made. (Node's recursive `mkdir`
 * never returns where the system makes no folder, as in /proc.)
 */
export function makeFolder(folder: string, mode = 0o777): string | undefined {
  if (existsSync(folder)) return undefined;
  const above = makeFolder(dirname(folder), mode);
  try {
    mkdirSync(folder, mode);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
  return above ?? folder;
}
