import { rename, writeFile } from "node:fs/promises";

/** Writes a file whole under another name, then renames it: readers see the old file or the new one, never a part. */
export async function replaceFile(path: string, contents: string | Uint8Array): Promise<void> {
  const temporary = `${path}.tmp-${process.pid}`;
  await writeFile(temporary, contents);
  await rename(temporary, path);
}
