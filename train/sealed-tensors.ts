import { createHash } from "node:crypto";
import { parseJson } from "../src/files/json.js";
import { MAX_FILE_BYTES } from "../src/files/limits.js";
import { readWhole } from "../src/files/read.js";
import { FileError, writeWhole } from "../src/index.js";
import { decodeSafetensors, encodeSafetensors, type NamedTensor } from "./safetensors.js";

/**
 * Groups of tensors with what belongs to them as one safetensors file. The tensors are named `<group>/<i>/<name>`; the
 * metadata hold the format's name, the rest as JSON, and a SHA-256 of that and all values, so that nobody goes on from
 * a damaged file.
 */

export type TensorGroups = Readonly<Record<string, readonly NamedTensor[]>>;

/** Replaces the file at `path`, all or nothing. @param position what belongs to the tensors, as JSON */
export async function saveSealed(path: string, format: string, position: string, groups: TensorGroups): Promise<void> {
  const tensors = Object.entries(groups).flatMap(([group, members]) => prefixed(group, members));
  const metadata = { format, position, sha256: hash(position, tensors) };
  await writeWhole(path, encodeSafetensors({ metadata, tensors }));
}

/** What a file holds; its groups are found by name, an empty one where there are no tensors of it. */
export interface Sealed {
  readonly position: unknown;
  group(name: string): NamedTensor[];
}

/**
 * Reads a file that {@link saveSealed} wrote.
 *
 * @param expected what it should hold, for the messages: `checkpoint`
 * @param read makes of the content what the caller wants; what it throws is a damage of the file
 * @throws FileError if there is no such file, or if it is not a whole, undamaged one of this format
 */
export async function loadSealed<T>(
  path: string,
  format: string,
  expected: string,
  read: (sealed: Sealed) => T,
): Promise<T> {
  const bytes = await readWhole(path, `a ${expected}`, MAX_FILE_BYTES);
  try {
    return read(decodeSealed(bytes, path, format));
  } catch (cause) {
    const found = `found a damaged file or another kind (${(cause as Error).message})`;
    const next = "Restore it from a copy, or train anew into another folder";
    throw new FileError(path, `expected a whole ${expected}, ${found}. ${next}.`, { cause });
  }
}

function decodeSealed(bytes: Uint8Array, path: string, format: string): Sealed {
  const { metadata, tensors } = decodeSafetensors(bytes, path);
  if (metadata.format !== format) throw new Error(`its format is ${metadata.format}, not ${format}`);
  if (hash(metadata.position, tensors) !== metadata.sha256) throw new Error("its SHA-256 does not match its content");
  return { position: parseJson(metadata.position, path), group: (name) => unprefixed(name, tensors) };
}

function prefixed(group: string, tensors: readonly NamedTensor[]): NamedTensor[] {
  return tensors.map((tensor, i) => ({ ...tensor, name: `${group}/${i}/${tensor.name}` }));
}

function unprefixed(group: string, tensors: readonly NamedTensor[]): NamedTensor[] {
  const own = tensors.filter(({ name }) => name.startsWith(`${group}/`));
  return own.map((tensor) => ({ ...tensor, name: tensor.name.split("/").slice(2).join("/") }));
}

function hash(position: string, tensors: readonly NamedTensor[]): string {
  const sha = createHash("sha256").update(position);
  for (const { name, shape, values } of tensors) {
    sha.update(`\n${name} [${shape}]\n`);
    sha.update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  }
  return sha.digest("hex");
}
