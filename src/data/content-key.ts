import { createHash } from "node:crypto";
import { digestOf } from "../files/digest.js";
import type { ImageFile } from "./decode-images.js";
import { sideBySide } from "./side-by-side.js";

/** To be raised when the same files are decoded to something else, or kept in another way. */
const FORMAT = 1;

/**
 * SHA-256 (hex) of all that decides what image files are decoded to: what decodes them, and the bytes and the class of
 * each in order. Where they lie, and when they were written, is left out.
 *
 * @throws Error if a file can't be read
 */
export async function contentKey(files: readonly ImageFile[]): Promise<string> {
  const digests = new Array<Uint8Array>(files.length);
  await sideBySide(files.length, async (i) => {
    digests[i] = await digestOf(files[i].path);
  });
  const hash = createHash("sha256").update(`${JSON.stringify(await decoder())}\n`);
  const label = new DataView(new ArrayBuffer(4));
  for (const [i, digest] of digests.entries()) {
    label.setInt32(0, files[i].label, true);
    hash.update(digest).update(label);
  }
  return hash.digest("hex");
}

/** The versions of sharp and of the libraries in it; their code differs from one machine to another. */
async function decoder(): Promise<object> {
  const { default: sharp } = await import("sharp");
  return { format: FORMAT, versions: sharp.versions, platform: process.platform, arch: process.arch };
}
