/** Reading whole files. Only regular ones: a pipe or a device may have no end, or make its reader wait for ever. */
import { constants, type Stats } from "node:fs";
import { type FileHandle, open, stat } from "node:fs/promises";
import type { FileError } from "../errors.js";
import { showBytes } from "./limits.js";
import { describeReadError, typeOf, wrongFile } from "./wrong-file.js";

/**
 * All bytes of a regular file (links to one are followed).
 *
 * @param expected what the file should hold, for the messages
 * @param limit the most bytes it may have
 * @throws FileError if it is missing, unreadable, no regular file, or larger
 */
export async function readWhole(path: string, expected: string, limit: number): Promise<Uint8Array<ArrayBuffer>> {
  const file = await openRegular(path, expected);
  try {
    const { size } = await file.stat();
    if (!(size <= limit)) {
      throw wrongFile(path, `${expected} of at most ${showBytes(limit)}`, `${size} bytes`, "Is it the right file?");
    }
    return await readExactly(file, size, path, expected);
  } finally {
    await file.close();
  }
}

/** Like {@link readWhole}, decoded as UTF-8; a byte order mark stays. */
export async function readText(path: string, expected: string, limit: number): Promise<string> {
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(await readWhole(path, expected, limit));
}

/** The size in bytes of a regular file. @throws FileError as {@link readWhole} does */
export async function sizeOf(path: string, expected: string): Promise<number> {
  const found = await stat(path).catch((cause: NodeJS.ErrnoException) => {
    throw unreadable(path, expected, cause);
  });
  requireRegular(path, expected, found);
  return found.size;
}

/**
 * Nothing but a regular file is opened: opening a device can already do something. What was opened is looked at again.
 *
 * @throws FileError as {@link readWhole} does
 */
export async function openRegular(path: string, expected: string): Promise<FileHandle> {
  await sizeOf(path, expected);
  // Where a pipe has taken the file's place in between, this doesn't wait for its writer.
  const file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0)).catch((cause: Error) => {
    throw unreadable(path, expected, cause);
  });
  try {
    requireRegular(path, expected, await file.stat());
    return file;
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function readExactly(
  file: FileHandle,
  size: number,
  path: string,
  expected: string,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(size);
  let length = 0;
  while (length < size) {
    const { bytesRead } = await file.read(bytes, length, size - length);
    if (bytesRead === 0) break;
    length += bytesRead;
  }
  const { bytesRead: more } = await file.read(new Uint8Array(1), 0, 1);
  if (length === size && more === 0) return bytes;
  const found = `${more === 0 ? `${length} bytes and then its end` : "more"}, as if it were being written`;
  throw wrongFile(path, `${expected} of ${size} bytes`, found, "Try again when nothing writes to it.");
}

function requireRegular(path: string, expected: string, found: Stats): void {
  if (found.isFile()) return;
  const next = found.isDirectory() ? "Name a file in it." : "Copy what it holds to a file first.";
  throw wrongFile(path, expected, typeOf(found), next);
}

function unreadable(path: string, expected: string, cause: NodeJS.ErrnoException): FileError {
  return wrongFile(path, expected, describeReadError(cause), "Check the path and that the file may be read.", cause);
}
