import { mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { z } from "zod";
import { MAX_RUN_BYTES } from "../src/files/limits.js";

/** The files of a run folder as text that travels. */

/** A file in the folder, or in one below it: nothing that leads elsewhere. */
const name = z.string().regex(/^(?:\w[\w.-]*\/)?\w[\w.-]*$/, "a file in the folder or in one below it");

/** Contents, base64, by name. */
export const filesSchema = z.record(name, z.base64());

export type RunFiles = z.infer<typeof filesSchema>;

/** The files of a folder but for its lock. @throws Error if they are too many bytes to travel */
export async function packFolder(folder: string): Promise<RunFiles> {
  const names = (await readdir(folder, { recursive: true, encoding: "utf8" })).map((each) =>
    each.replaceAll("\\", "/"),
  );
  const files: RunFiles = {};
  let bytes = 0;
  for (const each of names.sort()) {
    const path = join(folder, each);
    const { size, isFile } = await stat(path).then((found) => ({ size: found.size, isFile: found.isFile() }));
    if (!isFile || !name.safeParse(each).success || each === "lock") continue;
    bytes += size;
    if (bytes > MAX_RUN_BYTES)
      throw new Error(`the files of the run are more than ${MAX_RUN_BYTES} bytes: train it apart`);
    files[each] = await readFile(path, "base64");
  }
  return files;
}

/** Writes files into a new folder. */
export async function unpackFolder(files: RunFiles, folder: string): Promise<void> {
  for (const [each, content] of Object.entries(files)) {
    const path = join(folder, each);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content, { encoding: "base64", flag: "wx" });
  }
}
