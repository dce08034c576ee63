/** Drawing the votes of a log again. */
import { randomInt } from "node:crypto";
import { auditVotes, type BaseClassifier, type Finding, type LogHeader, type LogRow } from "../certify/index.js";
import type { Dataset } from "../src/index.js";
import { counted } from "../src/text/counted.js";
import { interruptible } from "./interrupt.js";
import { startProgress } from "./progress.js";

/** `count` of the rows, chosen so that nobody can foresee which, in their order. */
export function chooseRows(rows: readonly LogRow[], count: number): LogRow[] {
  const left = [...rows.keys()];
  const chosen = new Set<number>();
  while (chosen.size < Math.min(count, rows.length)) chosen.add(left.splice(randomInt(left.length), 1)[0]);
  return rows.filter((_, i) => chosen.has(i));
}

/**
 * Draws the votes of rows again and compares them with those that the log holds.
 *
 * @throws InterruptedError after Ctrl-C
 */
export async function drawAgain(
  rows: readonly LogRow[],
  header: LogHeader,
  classifier: BaseClassifier,
  dataset: Dataset,
): Promise<Finding[]> {
  const sizes = rows.map(({ n = header.n }) => header.n0 + n);
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const progress = startProgress("audit", total, "samples");
  let samples = 0;
  const onSamples = (count: number): void => {
    samples += count;
    progress.update(samples, "drawn again");
  };
  const stopped = (): string => {
    const images = `${completed(sizes, samples)} of ${counted(rows.length, "image")}`;
    return `stopped with the votes of ${images} drawn again. Rerun the command to start over`;
  };
  const draw = (signal: AbortSignal): Promise<Finding[]> =>
    auditVotes(rows, header, classifier, dataset, { signal, onSamples });
  try {
    return await interruptible(draw, stopped);
  } finally {
    progress.stop();
  }
}

/** How many images are complete after so many samples of them, drawn one image after the other. */
function completed(sizes: readonly number[], samples: number): number {
  let [done, left] = [0, samples];
  while (done < sizes.length && left >= sizes[done]) left -= sizes[done++];
  return done;
}
