import { createHash } from "node:crypto";
import { type FileHandle, realpath } from "node:fs/promises";
import { dirname, join, posix, win32 } from "node:path";
import { FileError, show } from "../../../src/errors.js";
import { isInside } from "../../../src/files/inside.js";
import { openRegular } from "../../../src/files/read.js";
import type { ExternalTensor } from "../../../src/models/onnx/external-data.js";

/** A file beside an ONNX model that holds values of its tensors. */
export interface ExternalFile {
  /** Its name as the model says it. */
  readonly name: string;
  /** Its content, in memory that threads share. */
  readonly data: Uint8Array<SharedArrayBuffer>;
  /** SHA-256 (hex) of the content. */
  readonly hash: string;
}

/**
 * Reads the file that holds values of a tensor.
 *
 * @param model the model's path
 * @throws FileError if it is missing, no regular file, or not in the folder of the model
 */
export async function readExternalFile(
  model: string,
  { name: tensor, location }: ExternalTensor,
): Promise<ExternalFile> {
  if (location === "") throw new FileError(model, `tensor ${show(tensor)} lies in another file, but names none`);
  const file = join(dirname(model), location);
  if (!staysInside(location)) throw outside(model, tensor, location);
  const real = await realpath(file).catch((cause: unknown) => {
    throw new FileError(file, `expected values of tensor ${show(tensor)} of ${model}, found no readable file`, {
      cause,
    });
  });
  const folders = [await realpath(dirname(model)), dirname(await realpath(model))];
  if (!folders.some((folder) => isInside(folder, real))) throw outside(model, tensor, location);
  const handle = await openRegular(real, `values of tensor ${show(tensor)} of ${model}`);
  try {
    return { name: location, ...(await readWhole(handle, file)) };
  } finally {
    await handle.close();
  }
}

/** Whether a relative path, of this system or another, leads to nothing outside of where it begins. */
function staysInside(path: string): boolean {
  const steps = path.replaceAll("\\", "/").split("/");
  return !posix.isAbsolute(path) && !win32.isAbsolute(path) && !/^[a-z]:/i.test(path) && !steps.includes("..");
}

function outside(model: string, tensor: string, location: string): FileError {
  const found = `found ${show(location)} for tensor ${show(tensor)}`;
  const next = "Export it again with its weights beside it or in it";
  return new FileError(model, `expected weights in files of the model's own folder, ${found}. ${next}`);
}

/** Bytes that are read and hashed at a time. */
const CHUNK = 2 ** 26;

async function readWhole(handle: FileHandle, file: string): Promise<Omit<ExternalFile, "name">> {
  const data = roomFor((await handle.stat()).size, file);
  const hash = createHash("sha256");
  for (let start = 0; start < data.length; ) {
    const { bytesRead } = await handle.read(data, start, Math.min(CHUNK, data.length - start), start);
    if (bytesRead === 0)
      throw new FileError(file, `expected ${data.length} bytes, found ${start}: it has been changed`);
    hash.update(data.subarray(start, start + bytesRead));
    start += bytesRead;
  }
  return { data, hash: hash.digest("hex") };
}

function roomFor(size: number, file: string): Uint8Array<SharedArrayBuffer> {
  try {
    return new Uint8Array(new SharedArrayBuffer(size));
  } catch (cause) {
    throw new FileError(file, `expected weights that fit into memory, found ${size} bytes`, { cause });
  }
}
