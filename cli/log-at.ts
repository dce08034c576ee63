import { statSync } from "node:fs";
import { join } from "node:path";

/** The log of a run folder; any other path is that of a log. A commander parser of an argument. */
export function logAt(path: string): string {
  const folder = statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
  return folder ? join(path, "certify.tsv") : path;
}

/** A commander parser of several such arguments. */
export function logsAt(path: string, earlier: readonly string[] = []): string[] {
  return [...earlier, logAt(path)];
}
