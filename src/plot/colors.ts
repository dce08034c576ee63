/** How the series of a figure are told apart. */

/**
 * Okabe and Ito's palette (2008), made to be told apart by readers of every colour vision, without its yellow, which
 * fades on white.
 */
const PALETTE = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000"];

/** Once round the palette, the next series are broken lines. */
const DASHES = [undefined, "7,3", "2,2", "9,3,2,3"];

/** The colour and, where colours have run out, the dash pattern of the i-th series. */
export function seriesStyle(i: number): { color: string; dash: string | undefined } {
  return {
    color: PALETTE[i % PALETTE.length],
    dash: DASHES[Math.floor(i / PALETTE.length) % DASHES.length],
  };
}

/** What fills a dot of a series: nothing where colours have run out. */
export function fillOf(color: string, dash: string | undefined): string {
  return dash === undefined ? color : "white";
}

/** For what belongs to no series of its own. */
export const NEUTRAL = "#666666";
