import { lawOf, type SampledTheorem } from "../../src/core.js";
import { boundDraw } from "../bounds/random-draw.js";
import type { Votes } from "../theorem/votes.js";
import { denseCounts } from "./cell.js";
import type { LogHeader } from "./header.js";
import type { LogRow } from "./row.js";

/**
 * What a certificate is derived from again, out of its row and header: the votes, of as many classes as the data have.
 */
export function votesOf({ idx, counts0, counts }: LogRow, header: LogHeader): Votes {
  const classes = header.data.classes.length;
  return {
    counts0: denseCounts(counts0 ?? [], classes),
    counts: denseCounts(counts ?? [], classes),
    v: boundDraw(header.seed, idx),
  };
}

/** The theorem that a header's rows rest on; undefined for a law of noise that this version doesn't have. */
export function theoremOfHeader({ noise, sigma, noiseDistance }: LogHeader): SampledTheorem | undefined {
  const theorem = lawOf(noise)?.theorem(sigma);
  return theorem && { ...theorem, distance: noiseDistance ?? 0 };
}
