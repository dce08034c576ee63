/** Linear and logarithmic axes with ticks that a reader can name. */
import type { ScaleOptions } from "@observablehq/plot";

/** One axis of a figure. */
export interface Axis {
  /** What it shows, with its unit in parentheses. */
  readonly label: string;
  readonly scale: "linear" | "log";
}

/** From the least to the greatest value and a little beyond, so that no mark sits on the frame. */
export function domainOf({ scale }: Axis, values: readonly number[]): [number, number] {
  const low = values.reduce((least, value) => Math.min(least, value));
  const high = values.reduce((most, value) => Math.max(most, value));
  if (scale === "log") {
    const room = Math.max(1.1, (high / low) ** 0.04);
    return [low / room, high * room];
  }
  const room = high > low ? 0.04 * (high - low) : 0.5;
  return [low - room, high + room];
}

/** The axis over a domain, as Plot wants it. */
export function scaleOf({ label, scale }: Axis, domain: [number, number]): ScaleOptions {
  if (scale === "linear") return { label, type: scale, domain };
  const ticks = logTicks(domain);
  return { label, type: scale, domain, tickFormat: formatPower, ...(ticks.length < FEWEST_TICKS ? {} : { ticks }) };
}

const MOST_TICKS = 9;
/** With fewer, as over a fraction of a decade, Plot's finer ones serve better. */
const FEWEST_TICKS = 3;

/**
 * Ticks of a logarithmic axis: 1, 2, ..., 9 times the powers of ten in the domain, or 1, 2 and 5 times them, or the
 * powers alone, or every second, third, ... power: the first of these that makes at most {@link MOST_TICKS}.
 */
export function logTicks([low, high]: readonly [number, number]): number[] {
  const first = Math.floor(Math.log10(low));
  const decades = Math.ceil(Math.log10(high)) - first;
  const exponents = Array.from({ length: decades + 1 }, (_, i) => first + i);
  const choices = [[1, 2, 3, 4, 5, 6, 7, 8, 9], [1, 2, 5], [1]].map((digits) =>
    exponents.flatMap((exponent) => digits.map((digit) => Number(`${digit}e${exponent}`))),
  );
  const inside = choices.map((ticks) => ticks.filter((tick) => low <= tick && tick <= high));
  const powers = inside[2];
  return inside.find((ticks) => ticks.length <= MOST_TICKS) ?? everyFew(powers);
}

function everyFew(powers: readonly number[]): number[] {
  const step = Math.ceil(powers.length / MOST_TICKS);
  return powers.filter((_, i) => i % step === 0);
}

/** A tick d 10^e as a plain number where that is short, as `d\u00B710\u207B\u2075` elsewhere. */
function formatPower(tick: number): string {
  const [digit, exponent] = tick.toExponential().split("e").map(Number);
  if (-3 <= exponent && exponent <= 4) return String(tick);
  const power = `10${[...String(exponent)].map((sign) => SUPERSCRIPTS[sign]).join("")}`;
  return digit === 1 ? power : `${digit}\u00B7${power}`;
}

const SUPERSCRIPTS: Readonly<Record<string, string>> = {
  "-": "\u207B",
  "0": "\u2070",
  "1": "\u00B9",
  "2": "\u00B2",
  "3": "\u00B3",
  "4": "\u2074",
  "5": "\u2075",
  "6": "\u2076",
  "7": "\u2077",
  "8": "\u2078",
  "9": "\u2079",
};
