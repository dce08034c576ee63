/** How another tool printed its radii, and which values each printed radius can stand for. */
import { requireInteger, requireThat } from "../../src/core.js";

/** A way of printing that rounds to nearest: Python's `{:.3}` is 3 significant digits, `{:.3f}` 3 decimals. */
export interface Printing {
  readonly kind: "significant" | "decimals";
  /** How many; at least 1. */
  readonly digits: number;
}

/** A closed interval of radii. */
export interface RadiusInterval {
  readonly lower: number;
  readonly upper: number;
}

/**
 * Radii closer than this, relatively, count as equal: ours are rounded down by some 1e-13, other tools' last digits
 * differ by more.
 */
export const RADIUS_TOLERANCE = 1e-9;

/** @throws ArgumentError for a kind or a number of digits that can't be */
export function requirePrinting({ kind, digits }: Printing, where: string): void {
  requireThat(kind === "significant" || kind === "decimals", where, "printing.kind", "significant or decimals", kind);
  requireInteger(digits, where, "printing.digits", 1, 17);
}

/**
 * The way of printing that these radii show: as many digits as the longest has, counted the way (significant digits or
 * decimals) that leaves fewer zeros off at the ends; significant digits where both leave as many. A handful of radii
 * may show fewer digits than were printed, which widens what each can stand for.
 *
 * @param radii at least 0, as numbers; zeros are passed over
 */
export function inferPrinting(radii: readonly number[]): Printing {
  const shown = radii.filter((radius) => radius > 0).map(decimalOf);
  const significant = shown.reduce((most, { digits }) => Math.max(most, digits), 1);
  const decimals = shown.reduce((most, { digits, exponent }) => Math.max(most, digits - 1 - exponent), 1);
  let leftOffSignificant = 0;
  let leftOffDecimals = 0;
  for (const { digits, exponent } of shown) {
    leftOffSignificant += significant - digits;
    leftOffDecimals += decimals - (digits - 1 - exponent);
  }
  return leftOffDecimals < leftOffSignificant
    ? { kind: "decimals", digits: decimals }
    : { kind: "significant", digits: significant };
}

/** The values that print as `radius`, both ends and {@link RADIUS_TOLERANCE} included. */
export function printedInterval(radius: number, printing: Printing): RadiusInterval {
  if (radius === 0 && printing.kind === "significant") return { lower: 0, upper: 0 };
  const { digits, exponent } = decimalOf(radius);
  const last = printing.kind === "decimals" ? -printing.digits : exponent - printing.digits + 1;
  const half = 10 ** last / 2;
  // Below a power of ten the significant digits reach one place further.
  const shorter = printing.kind === "significant" && digits === 1 && radius === Number(`1e${exponent}`);
  const slack = RADIUS_TOLERANCE * radius;
  return { lower: Math.max(0, radius - (shorter ? half / 10 : half) - slack), upper: radius + half + slack };
}

/** The number of digits of the shortest decimal that parses to `value`, and the power of ten of its first. */
function decimalOf(value: number): { digits: number; exponent: number } {
  const [mantissa, exponent] = value.toExponential().split("e");
  return { digits: mantissa.replace(".", "").length, exponent: Number(exponent) };
}
