/** What the radii of a log can stand for, in units of the noise level where each row has its own. */
import { requireThat } from "../../src/core.js";
import type { LogRow } from "../log/row.js";
import { inferPrinting, type Printing, printedInterval, type RadiusInterval } from "./printing.js";

/** What the printed numbers of rows can stand for. */
export interface Reading {
  /**
   * Whether each row has a noise level of its own; all that is said of settings is then in its units, with a sigma of
   * 1.
   */
  readonly sigmaPerRow: boolean;
  /** The row's radius; in units of its noise level, where it has one. */
  interval(row: LogRow): RadiusInterval;
  /** The row's noise level, from 1 to 1 where it has none of its own. */
  sigma(row: LogRow): RadiusInterval;
}

/** Noise levels of fewer digits than this were chosen by hand, others are taken for rounded to what is printed. */
const ROUNDED_DIGITS = 3;
const ONE: RadiusInterval = { lower: 1, upper: 1 };

/** @param rows none an abstention @throws ArgumentError if some have a sigma of their own and others none */
export function readingOf(rows: readonly LogRow[], printing: Printing): Reading {
  const sigmas = rows.flatMap(({ sigma }) => (sigma === undefined ? [] : [sigma]));
  const sigmaPerRow = sigmas.length > 0;
  const rule = "all with a sigma of their own, or all without";
  requireThat(!sigmaPerRow || sigmas.length === rows.length, "auditForeignLog", "rows", rule, sigmas.length);
  const sigmaPrinting = inferPrinting(sigmas);
  const sigma = ({ sigma: own }: LogRow): RadiusInterval => {
    if (own === undefined) return ONE;
    if (sigmaPrinting.digits < ROUNDED_DIGITS) return { lower: own, upper: own };
    return printedInterval(own, sigmaPrinting);
  };
  const interval = (row: LogRow): RadiusInterval => {
    const { lower, upper } = printedInterval(row.radius, printing);
    const level = sigma(row);
    return { lower: lower / level.upper, upper: upper / level.lower };
  };
  return { sigmaPerRow, interval, sigma };
}
