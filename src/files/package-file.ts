import { createRequire } from "node:module";
import { dirname, join } from "node:path";

/** The path of a file of this package by its place in it, whatever file this code was bundled into. */
export function packageFile(...place: readonly string[]): string {
  return join(dirname(createRequire(import.meta.url).resolve("smoothcert/package.json")), ...place);
}
