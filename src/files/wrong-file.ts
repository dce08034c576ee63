/** How messages speak of a file that is not what was expected. */
import type { Stats } from "node:fs";
import { FileError } from "../errors.js";

/** A {@link FileError} in one grammar: `<path>: expected <expected>, found <found>. <next step>`. */
export function wrongFile(path: string, expected: string, found: string, next: string, cause?: unknown): FileError {
  const message = `expected ${expected}, found ${found}. ${next}`;
  return cause === undefined ? new FileError(path, message) : new FileError(path, message, { cause });
}

/** Why a file or folder cannot be read, as what was found in its place. */
export function describeReadError(error: NodeJS.ErrnoException): string {
  if (error.code === "ENOENT") return "nothing of that name";
  if (error.code === "ENOTDIR") return "a file where a folder should be";
  return `something that cannot be read (${error.message})`;
}

/** What is there that is no regular file. */
export function typeOf(stats: Stats): string {
  if (stats.isDirectory()) return "a folder";
  if (stats.isFIFO()) return "a pipe";
  return stats.isSocket() ? "a socket" : "a device";
}
