import { isAbsolute, relative, sep } from "node:path";

/**
 * Whether a path leads to something below a folder; both without symbolic links, for an answer about what they name.
 */
export function isInside(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way !== "" && way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}
