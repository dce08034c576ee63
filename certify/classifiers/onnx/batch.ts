/** How many images a model takes at once: what its file declares need not be so. */

/** A run over `rows` images that was tried: what it gave, or why there is nothing. */
export type Attempt<T> = { readonly outputs: T } | { readonly failure: Error };

/** The batches that a model takes. */
export interface FoundBatch<T> {
  /** The only size it takes; undefined where it takes any. */
  readonly fixed: number | undefined;
  /** Images of the run that gave `outputs`. */
  readonly rows: number;
  readonly outputs: T;
}

/**
 * Tries one image, and two; where the model takes but one of both, or none, the sizes in `likely` too.
 *
 * @param declared the batch size that the model's file fixes; it is taken at its word
 * @param likely sizes that it may have been exported for
 * @param attempt runs the model @param keeps whether outputs are those of as many images
 * @throws what the first attempt failed with, if all do
 */
export async function findBatch<T>(
  declared: number | undefined,
  likely: readonly number[],
  attempt: (rows: number) => Promise<Attempt<T>>,
  keeps: (outputs: T, rows: number) => boolean,
): Promise<FoundBatch<T>> {
  const first = await attempt(declared ?? 1);
  if (declared !== undefined) return { fixed: declared, rows: declared, outputs: outputsOf(first) };
  if ("outputs" in first && keeps(first.outputs, 1)) {
    const two = await attempt(2);
    const free = "outputs" in two && keeps(two.outputs, 2);
    return { fixed: free ? undefined : 1, rows: 1, outputs: first.outputs };
  }
  for (const rows of likely.filter((size) => size > 1)) {
    const other = await attempt(rows);
    if ("outputs" in other && keeps(other.outputs, rows)) return { fixed: rows, rows, outputs: other.outputs };
  }
  return { fixed: undefined, rows: 1, outputs: outputsOf(first) };
}

function outputsOf<T>(attempt: Attempt<T>): T {
  if ("outputs" in attempt) return attempt.outputs;
  throw attempt.failure;
}
