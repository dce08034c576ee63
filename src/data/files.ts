import type { Dirent } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import type { FileError } from "../errors.js";
import { otherKind, type Wanted } from "../files/first-bytes.js";
import { MAX_FILE_BYTES, showBytes, unpackedLimit } from "../files/limits.js";
import { readWhole } from "../files/read.js";
import { describeReadError, wrongFile } from "../files/wrong-file.js";

const inflate = promisify(gunzip);

/** What a file that can't be read is by its first bytes; otherwise `orElse`, a {@link FileError}. */
export function unlike(
  path: string,
  bytes: Uint8Array,
  wanted: Wanted,
  expected: string,
  orElse: FileError,
): FileError {
  const kind = otherKind(bytes, wanted, path);
  return kind === undefined ? orElse : wrongFile(path, expected, kind.found, kind.next);
}

/**
 * Reads a whole file; gzip (known by its first two bytes, not by its name) is unpacked.
 * @param expected what the file should hold, for the messages.
 * @throws FileError if it is missing, unreadable, no regular file, too large, or a damaged gzip file.
 */
export async function readBytes(path: string, expected: string): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = await readWhole(path, expected, MAX_FILE_BYTES);
  if (!(bytes[0] === 0x1f && bytes[1] === 0x8b)) return bytes;
  return plain(await unpacked(path, bytes, expected));
}

async function unpacked(path: string, bytes: Uint8Array, expected: string): Promise<Buffer> {
  const limit = unpackedLimit(bytes.length);
  return inflate(bytes, { maxOutputLength: limit }).catch((error: NodeJS.ErrnoException) => {
    const isLarge = error.code === "ERR_BUFFER_TOO_LARGE";
    const damage = `a damaged gzip file (${error.message}; ${bytes.length} bytes)`;
    const found = isLarge ? `more than ${showBytes(limit)}` : damage;
    const next = isLarge ? "Unpack it first if it is right." : "Download or copy it again.";
    throw wrongFile(path, `${expected}, compressed with gzip`, found, next, error);
  });
}

/** All entries of a folder, sorted by the code units of their names. @throws FileError if it cannot be listed. */
export async function listEntries(path: string, expected: string): Promise<Dirent[]> {
  const entries = await readdir(path, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    throw wrongFile(path, expected, describeReadError(error), "Check the path.", error);
  });
  return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** All names in a folder but hidden ones, likewise. */
export async function listFolder(path: string, expected: string): Promise<string[]> {
  return (await listEntries(path, expected)).map(({ name }) => name).filter((name) => !name.startsWith("."));
}

/** `file`, `folder`, or `nothing` where there is neither; links are followed. */
export async function kindOf(path: string): Promise<"file" | "folder" | "nothing"> {
  const entry = await stat(path).catch(() => undefined);
  if (entry === undefined) return "nothing";
  return entry.isDirectory() ? "folder" : "file";
}

/** A Buffer's bytes as a plain array that starts at the beginning of its memory, as typed arrays of any width need. */
function plain(buffer: Buffer): Uint8Array<ArrayBuffer> {
  const whole = buffer.byteOffset === 0 && buffer.buffer instanceof ArrayBuffer;
  return whole ? new Uint8Array(buffer.buffer as ArrayBuffer, 0, buffer.length) : new Uint8Array(buffer);
}
