import { existsSync } from "node:fs";
import { FileError, requireWritable } from "../src/index.js";

/**
 * Refuses a file that is there already: a person may have edited it since it was written.
 *
 * @throws FileError also where {@link requireWritable} does
 */
export function requireNew(path: string): void {
  requireWritable(path);
  if (existsSync(path)) throw new FileError(path, "exists already. Name another file, or remove it");
}
