import { accessSync, constants, existsSync, readlinkSync, realpathSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { FileError } from "../errors.js";
import { typeOf } from "./wrong-file.js";

/**
 * The file that writing to `path` writes: symbolic links are followed, also to a file that isn't there yet.
 *
 * @throws FileError if something else than a regular file is there: a folder, a device, a pipe, a socket
 */
export function writeTarget(path: string): string {
  try {
    const there = statSync(path, { throwIfNoEntry: false });
    if (there === undefined || there.isFile()) return followed(path);
    const found = `is ${typeOf(there)}, and only regular files are written. Name another file`;
    throw new FileError(path, found);
  } catch (cause) {
    throw cannotWrite(path, cause);
  }
}

/**
 * Refuses a path that {@link writeTarget} refuses, or whose file or folder is write-protected: what takes hours to
 * compute should have somewhere to go before it is begun. Makes and changes nothing.
 *
 * @throws FileError
 */
export function requireWritable(path: string): void {
  const target = writeTarget(path);
  try {
    if (existsSync(target)) accessSync(target, constants.W_OK);
    const folder = nearestFolder(target);
    if (!statSync(folder).isDirectory()) throw new Error(`${folder} is not a folder`);
    accessSync(folder, constants.W_OK | constants.X_OK);
  } catch (cause) {
    throw cannotWrite(path, cause);
  }
}

const NO_ROOM = new Set(["ENOSPC", "EDQUOT", "EFBIG"]);

/** The error of a file that could not be written, and what to do. */
export function cannotWrite(path: string, cause: unknown): FileError {
  if (cause instanceof FileError) return cause;
  const { message, code = "" } = cause as NodeJS.ErrnoException;
  const next = NO_ROOM.has(code) ? "Make room, then run the same command again" : "Name another file";
  return new FileError(path, `can't be written (${message}). ${next}`, { cause });
}

function followed(path: string): string {
  if (existsSync(path)) return realpathSync(path);
  const link = linkAt(path);
  return link === undefined ? resolve(path) : followed(resolve(realpathSync(dirname(path)), link));
}

/** What a symbolic link holds; undefined where there is none. */
function linkAt(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}

function nearestFolder(path: string): string {
  const folder = dirname(path);
  return existsSync(folder) ? folder : nearestFolder(folder);
}
