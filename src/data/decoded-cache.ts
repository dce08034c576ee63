import { createHash } from "node:crypto";
import { join } from "node:path";
import { cacheFolder } from "../files/cache-folder.js";
import { KeptFiles } from "../files/kept-files.js";
import { MAX_FILE_BYTES } from "../files/limits.js";
import { contentKey } from "./content-key.js";
import type { ImageShape } from "./dataset.js";
import { type DecodedImages, decodeImages, type ImageFile } from "./decode-images.js";

/**
 * What was decoded is kept in the user's cache folder, since decoding many files takes far longer than reading them. It
 * is found by the content of the files, so that it is never out of date, and its checksum is compared. Whatever goes
 * wrong with it, the images are decoded as if there were none.
 */

/** With fewer images nothing is kept: they are decoded in about a second. */
export const FEWEST_KEPT = 1000;

/** Does as {@link decodeImages} does, which is left out if it has done so before with `fewest` images or more. */
export async function decodeOnce(files: readonly ImageFile[], fewest: number): Promise<DecodedImages> {
  if (files.length < fewest) return decodeImages(files);
  const key = await tried(() => contentKey(files));
  if (key === undefined) return decodeImages(files);
  const kept = await tried(async () => unpack(key, await keptImages().read(key)));
  if (kept !== undefined) return kept;
  const images = await decodeImages(files);
  await tried(async () => {
    const isUnchanged = (await contentKey(files)) === key; // What was decoded is what was hashed.
    if (isUnchanged) await keptImages().write(key, pack(key, images));
  });
  return images;
}

/** Removes all decoded images that are kept. @throws FileError if they can't be removed */
export function clearDecodedCache(): Promise<{ readonly files: number; readonly bytes: number }> {
  return keptImages().clear();
}

function keptImages(): KeptFiles {
  return new KeptFiles(join(cacheFolder(), "decoded"), MAX_FILE_BYTES);
}

async function tried<T>(action: () => Promise<T>): Promise<T | undefined> {
  return await action().catch(() => undefined);
}

const SEAL_BYTES = 32;
const LINE_FEED = 10;

/** A seal over key and content; then the content: a line of JSON, and the pixels. */
function pack(key: string, { shape, turned, pixels }: DecodedImages): Uint8Array[] {
  const head = Buffer.from(`${JSON.stringify({ shape, turned })}\n`);
  return [sealOf(key, head, pixels), head, pixels];
}

/** @throws Error if it isn't what was packed */
function unpack(key: string, bytes: Uint8Array): DecodedImages {
  const content = bytes.subarray(SEAL_BYTES);
  if (!sealOf(key, content).equals(bytes.subarray(0, SEAL_BYTES))) throw new Error("damaged");
  const end = content.indexOf(LINE_FEED);
  const head: { shape: ImageShape; turned: number[] } = JSON.parse(new TextDecoder().decode(content.subarray(0, end)));
  return { ...head, pixels: content.subarray(end + 1) };
}

function sealOf(key: string, ...content: readonly Uint8Array[]): Buffer {
  const hash = createHash("sha256").update(key);
  for (const part of content) hash.update(part);
  return hash.digest();
}
