import { statSync } from "node:fs";
import { join } from "node:path";

/** The log of a run folder; any other path is that of a log. */
function logIn(path: string): string {
  const isFolder = statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
  return isFolder ? join(path, "certify.tsv") : path;
}

/** A commander parser of an argument that names a log, or a run folder with one in it. */
export const logAt = Object.assign(logIn, { completedBy: "files" } as const);

/** A commander parser of several such arguments. */
export const logsAt = Object.assign(
  (path: string, earlier: readonly string[] = []): string[] => [...earlier, logIn(path)],
  { completedBy: "files" } as const,
);
