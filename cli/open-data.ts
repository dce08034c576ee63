import { type Dataset, loadDataset, type Split } from "../src/index.js";
import { warn } from "./print.js";

/** Loads a split of a data set, as `loadDataset` does, and says what a person should know of how it was read. */
export async function openData(spec: string, split: Split): Promise<Dataset> {
  const dataset = await loadDataset(spec, split);
  for (const warning of dataset.warnings ?? []) warn(warning);
  return dataset;
}
