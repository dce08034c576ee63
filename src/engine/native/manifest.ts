import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { pipeline } from "node:stream/promises";
import { z } from "zod";
import { FileError } from "../../errors.js";

/** The list of what an installation consists of, written last: a folder without it is no installation. */

export const MANIFEST = "manifest.json";

/** What every installation's manifest holds. */
export const INSTALLED = z.object({
  format: z.literal(1),
  /** Platform and processor, as Node names them. */
  platform: z.string(),
  /** When it was installed: ISO 8601, UTC. */
  installed: z.string(),
  /** By path relative to the folder, with forward slashes. */
  files: z.record(z.string(), z.object({ bytes: z.int().nonnegative(), sha256: z.string().regex(/^[0-9a-f]{64}$/) })),
});

const manifest = INSTALLED.extend({
  kind: z.enum(["cpu", "gpu"]),
  tfjsNode: z.string(),
  /** The version that the library says it is. */
  tensorflow: z.string(),
  /** What was asked for: a pinned package, or the folder of a library. */
  source: z.string(),
});

export type Manifest = z.infer<typeof manifest>;
type ListedFile = Manifest["files"][string];

/** Size and hash of every file in a folder. */
export async function listFiles(folder: string): Promise<Manifest["files"]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const files: Record<string, ListedFile> = {};
  for (const path of paths.sort()) {
    const name = relative(folder, path).split(sep).join("/");
    files[name] = { bytes: (await stat(path)).size, sha256: await sha256(path) };
  }
  return files;
}

export async function writeManifest<T extends z.infer<typeof INSTALLED>>(folder: string, content: T): Promise<void> {
  await writeFile(join(folder, MANIFEST), `${JSON.stringify(content, null, 2)}\n`);
}

/** @throws FileError if the folder holds no valid manifest */
export async function readManifest(folder: string): Promise<Manifest> {
  return await readManifestAs(manifest, folder);
}

/** The manifest of an installation of another kind. @throws FileError if the folder holds no valid one */
export async function readManifestAs<T>(schema: z.ZodType<T>, folder: string): Promise<T> {
  const path = join(folder, MANIFEST);
  try {
    return schema.parse(JSON.parse(await readFile(path, "utf8")));
  } catch (error) {
    throw new FileError(path, "missing or damaged: the engine's installation is not whole", { cause: error });
  }
}

/** Files up to this size, in bytes, are always read: they are what fails in odd ways, and all together take no time. */
const SMALL = 1 << 20;

/**
 * What is wrong with an installation: the first file that is missing, of another size or with other contents.
 *
 * @param depth `quick` compares the contents of small files alone, `full` of all
 */
export async function findDamage(
  folder: string,
  content: Pick<Manifest, "files">,
  depth: "quick" | "full",
): Promise<string | undefined> {
  for (const [name, listed] of Object.entries(content.files)) {
    const problem = await fileProblem(join(folder, name), listed, depth);
    if (problem !== undefined) return `${join(folder, name)} ${problem}`;
  }
  return undefined;
}

async function fileProblem(path: string, listed: ListedFile, depth: "quick" | "full"): Promise<string | undefined> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) return "is missing";
  if (found.size !== listed.bytes) return `has ${found.size} bytes, ${listed.bytes} when it was installed`;
  if (depth === "quick" && listed.bytes > SMALL) return undefined;
  return (await sha256(path)) === listed.sha256 ? undefined : "has other contents than when it was installed";
}

/** The SHA-256 of a file, in hexadecimal. */
export async function sha256(path: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path, { highWaterMark: SMALL }), hash);
  return hash.digest("hex");
}
