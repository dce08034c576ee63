import { readdir, rm, stat, utimes } from "node:fs/promises";
import { join } from "node:path";
import { FileError } from "../errors.js";
import { makeFolder } from "./make-folder.js";
import { readWhole } from "./read.js";
import { writeWhole } from "./write.js";

/** The names of kept files, SHA-256 in hex, and of those that {@link writeWhole} has in the making. */
const NAME = /^[0-9a-f]{64}(\.[0-9a-f]{8}\.tmp)?$/;

/**
 * Files that can be made again, in a folder of the user's cache. Each is there whole or not at all, however many
 * processes write it; where they would be too large together, the least recently used ones go first. Other files in the
 * folder are left alone.
 */
export class KeptFiles {
  constructor(
    readonly folder: string,
    /** The most bytes of all files together. */
    readonly limit: number,
  ) {}

  /** All bytes of a file, which counts as used now. @throws FileError if there is none, or it can't be read */
  async read(name: string): Promise<Uint8Array<ArrayBuffer>> {
    const path = join(this.folder, name);
    const bytes = await readWhole(path, "a kept file", this.limit);
    const now = new Date();
    await utimes(path, now, now).catch(() => {}); // The cache may be someone else's, and only be read.
    return bytes;
  }

  /**
   * Keeps a file that consists of these parts, unless it is larger than the limit. A folder that is made for it is open
   * to nobody else, since what the file was made of may be private. @throws Error if it can't be written
   */
  async write(name: string, parts: readonly Uint8Array[]): Promise<void> {
    const size = parts.reduce((sum, { length }) => sum + length, 0);
    if (size > this.limit) return;
    makeFolder(this.folder, 0o700);
    await this.#makeRoom(size);
    await writeWhole(join(this.folder, name), parts);
  }

  /** Removes all files. @throws FileError if one can't be removed */
  async clear(): Promise<{ readonly files: number; readonly bytes: number }> {
    const files = await this.#files();
    for (const { path } of files) {
      await rm(path, { force: true }).catch((cause: Error) => {
        throw new FileError(path, `can't be removed (${cause.message})`, { cause });
      });
    }
    return { files: files.length, bytes: files.reduce((sum, { size }) => sum + size, 0) };
  }

  async #makeRoom(size: number): Promise<void> {
    let total = size;
    for (const file of (await this.#files()).sort((a, b) => b.used - a.used)) {
      total += file.size;
      if (total > this.limit) await rm(file.path, { force: true });
    }
  }

  async #files(): Promise<KeptFile[]> {
    const names = (await readdir(this.folder).catch(() => [])).filter((name) => NAME.test(name));
    const files = await Promise.all(names.map((name) => keptFile(join(this.folder, name))));
    return files.filter((file) => file !== undefined);
  }
}

interface KeptFile {
  readonly path: string;
  readonly size: number;
  /** When, in milliseconds. */
  readonly used: number;
}

/** Undefined if another process has removed it. */
async function keptFile(path: string): Promise<KeptFile | undefined> {
  const found = await stat(path).catch(() => undefined);
  return found?.isFile() ? { path, size: found.size, used: found.mtimeMs } : undefined;
}
