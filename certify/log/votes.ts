import { boundDraw } from "../bounds/random-draw.js";
import type { NoiseLaw, Votes } from "../theorem/decision.js";
import { denseCounts } from "./cell.js";
import type { LogHeader } from "./header.js";
import type { LogRow } from "./row.js";

/** What a certificate is derived from again, out of its row and header: the votes, of as many classes as the data have. */
export function votesOf({ idx, counts0, counts }: LogRow, header: LogHeader): Votes {
  const classes = header.data.classes.length;
  return {
    counts0: denseCounts(counts0 ?? [], classes),
    counts: denseCounts(counts ?? [], classes),
    v: boundDraw(header.seed, idx),
  };
}

/** The noise that a header speaks of. */
export function noiseLawOf({ sigma, noiseDistance }: LogHeader): NoiseLaw {
  return { sigma, distance: noiseDistance ?? 0 };
}
