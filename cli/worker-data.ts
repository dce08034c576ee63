import { type Dataset, show } from "../src/index.js";
import { openData } from "./open-data.js";

/** A data set as others name it. */
export interface NamedData {
  readonly name: string;
  readonly split: string;
  /** `Dataset.hash` of the split. */
  readonly hash: string;
}

/** Finds data sets by their hashes among those that a worker was given, whatever others call them. */
export class DataSets {
  readonly #specs: readonly string[];
  readonly #loaded = new Map<string, Promise<Dataset>>();

  /** @param specs as `--data` takes them */
  constructor(specs: readonly string[]) {
    this.#specs = specs;
  }

  /**
   * @param under gives the data set under other labels, which the hash is of
   * @param fetched gives one that is not here
   * @throws Error saying why none is right
   */
  async find(
    { name, split, hash }: NamedData,
    under = (dataset: Dataset): Dataset => dataset,
    fetched?: () => Promise<Dataset>,
  ): Promise<Dataset> {
    if (split !== "train" && split !== "test") throw new Error(`the data set has no split ${show(split)}`);
    const problems: string[] = [];
    for (const spec of new Set([...(name === "mnist" ? ["mnist"] : []), ...this.#specs])) {
      const key = `${split} ${spec}`;
      const loading = this.#loaded.get(key) ?? openData(spec, split);
      this.#loaded.set(key, loading);
      try {
        const dataset = under(await loading);
        if (dataset.hash() === hash) return dataset;
        problems.push(`${spec} has another hash`);
      } catch (error) {
        this.#loaded.delete(key);
        problems.push(`${spec}: ${(error as Error).message}`);
      }
    }
    if (fetched !== undefined) return fetched();
    const found = problems.length === 0 ? "no --data was given" : problems.join("; ");
    throw new Error(`the data set ${name} (${hash.slice(0, 8)}) is not here: ${found}`);
  }
}
