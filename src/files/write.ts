import { randomBytes } from "node:crypto";
import type { Stats } from "node:fs";
import { type FileHandle, open, readdir, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { makeFolder } from "./make-folder.js";
import { cannotWrite, writeTarget } from "./write-target.js";

/** What a file is to hold, in one piece or in parts that follow each other. */
type Content = string | Uint8Array | readonly Uint8Array[];

/**
 * Writes a file so that at any moment, whenever the program or the machine stops, either the old content is there or
 * the new: to a temporary file beside it, then to the disk, then under its name. Makes the folder if need be; keeps the
 * mode and, where allowed, the owner of a file that is replaced; follows symbolic links.
 *
 * @throws FileError naming `path` if it can't be written, or if no regular file may stand there, see {@link
 *   writeTarget}; the old file is left as it is, and no temporary one
 */
export async function writeWhole(path: string, content: Content): Promise<void> {
  const target = writeTarget(path);
  const temporary = `${target}.${randomBytes(4).toString("hex")}.tmp`;
  try {
    makeFolder(dirname(target));
    await writeToDisk(temporary, content, await stat(target).catch(() => undefined));
    await rename(temporary, target);
  } catch (cause) {
    await rm(temporary, { force: true }).catch(() => {});
    throw cannotWrite(path, cause);
  }
}

async function writeToDisk(path: string, content: Content, replaced: Stats | undefined): Promise<void> {
  const file = await open(path, "wx");
  try {
    if (replaced !== undefined) await takeOver(file, replaced);
    const parts = typeof content === "string" || content instanceof Uint8Array ? [content] : content;
    for (const part of parts) await file.writeFile(part);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Only the superuser may give a file away: for others it becomes theirs. */
async function takeOver(file: FileHandle, { mode, uid, gid }: Stats): Promise<void> {
  await file.chown(uid, gid).catch(() => {});
  await file.chmod(mode & 0o7777);
}

/** Removes the temporary files that killed writers of `path` left. Nobody else may be writing it. */
export async function removeLeftovers(path: string): Promise<void> {
  const target = writeTarget(path);
  const folder = dirname(target);
  const prefix = `${basename(target)}.`;
  const names = await readdir(folder).catch(() => []);
  const left = names.filter((name) => name.startsWith(prefix) && /^[0-9a-f]{8}\.tmp$/.test(name.slice(prefix.length)));
  await Promise.all(left.map((name) => rm(join(folder, name), { force: true })));
}
