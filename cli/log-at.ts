import { statSync } from "node:fs";
import { join } from "node:path";

/** The log of a run folder; any other path is that of a log. */
export function logAt(path: string): string {
  const folder = statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
  return folder ? join(path, "certify.tsv") : path;
}
