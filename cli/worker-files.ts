import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { digestOf, FileError } from "../src/index.js";
import type { FetchedFiles } from "./fetch-files.js";

/** Finds models by the hashes of their files, in folders and what is below them. */
export class ModelFiles {
  readonly #places: readonly string[];
  readonly #fetched: FetchedFiles | undefined;
  /** Hashes by path, size and time of change. */
  readonly #hashes = new Map<string, string>();

  /**
   * @param places folders, and files @param fetched where others come from @throws FileError if there is nothing at a
   *   place
   */
  constructor(places: readonly string[], fetched?: FetchedFiles) {
    const missing = places.find((place) => !existsSync(place));
    if (missing !== undefined)
      throw new FileError(missing, "expected a folder of models, or an .onnx file, found nothing");
    this.#places = places;
    this.#fetched = fetched;
  }

  /** The path of a file of this SHA-256. @throws Error if there is none */
  async find(hash: string): Promise<string> {
    const paths = this.#places.flatMap(onnxFiles);
    for (const path of paths) if ((await this.#hashOf(path)) === hash) return path;
    if (this.#fetched !== undefined) return this.#fetched.model(hash);
    const where = `none of the ${paths.length} .onnx files in ${this.#places.join(", ")}`;
    throw new Error(`the model ${hash.slice(0, 8)} is not here: ${where} has this hash`);
  }

  async #hashOf(path: string): Promise<string> {
    const { size, mtimeMs } = statSync(path);
    const key = `${path} ${size} ${mtimeMs}`;
    const known = this.#hashes.get(key) ?? Buffer.from(await digestOf(path)).toString("hex");
    this.#hashes.set(key, known);
    return known;
  }
}

function onnxFiles(place: string): string[] {
  if (!statSync(place).isDirectory()) return [place];
  const names = readdirSync(place, { recursive: true, encoding: "utf8" });
  return names.filter((name) => name.endsWith(".onnx")).map((name) => join(place, name));
}
