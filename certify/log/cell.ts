/** The cells of a certification log: text to value. Every check throws an ArgumentError naming the column. */
import { requireThat } from "../../src/core.js";

/** How many votes each class got: pairs (class, count) in the order written; classes without a vote are left out. */
export type SparseCounts = readonly (readonly [label: number, count: number])[];

/** Votes by class without the classes that got none, in order. */
export function sparseCounts(counts: Uint32Array): SparseCounts {
  return [...counts.entries()].filter(([, votes]) => votes > 0);
}

/** The inverse of {@link sparseCounts}: votes by class. @param classes more than any class that has a vote */
export function denseCounts(counts: SparseCounts, classes: number): Uint32Array {
  const dense = new Uint32Array(classes);
  for (const [label, count] of counts) dense[label] = count;
  return dense;
}

/** How many votes there are. */
export function totalOf(counts: SparseCounts): number {
  return counts.reduce((sum, [, count]) => sum + count, 0);
}

/** The counts as `7:4990,1:10`; an empty text where there are none. */
export function formatCounts(counts: SparseCounts | undefined): string {
  return (counts ?? []).map(([label, count]) => `${label}:${count}`).join(",");
}

/**
 * The inverse of {@link formatCounts}. A class named twice is refused: its votes would count as often as it is read.
 */
export function parseCounts(text: string, where: string, column: string): SparseCounts {
  const rule = "class:count pairs joined by commas, such as 7:4990,1:10";
  requireThat(/^\d+:\d+(,\d+:\d+)*$/.test(text), where, column, rule, text);
  const pairs = text.split(",").map((pair) => {
    const [label, count] = pair.split(":");
    return [parseInteger(label, 0, where, column), parseInteger(count, 0, where, column)] as const;
  });
  const labels = new Set(pairs.map(([label]) => label));
  requireThat(labels.size === pairs.length, where, column, `${rule}, with each class once`, text);
  return pairs;
}

/** An integer of at least `min` in plain decimal digits. */
export function parseInteger(text: string, min: number, where: string, column: string): number {
  const value = /^-?\d+$/.test(text) ? Number(text) : Number.NaN;
  requireThat(Number.isSafeInteger(value) && value >= min, where, column, `an integer of at least ${min}`, text);
  return value;
}

/** A decimal number in [0, max]: neither NaN, infinity nor an empty text. */
export function parseReal(text: string, max: number, where: string, column: string): number {
  const value = DECIMAL.test(text) ? Number(text) : Number.NaN;
  const rule = max === Number.MAX_VALUE ? "a number of at least 0" : `a number in [0, ${max}]`;
  requireThat(0 <= value && value <= max, where, column, rule, text);
  return value;
}

/** A noise level: a number above 0. */
export function parseSigma(text: string, where: string): number {
  const value = parseReal(text, Number.MAX_VALUE, where, "sigma");
  requireThat(value > 0, where, "sigma", "above 0", text);
  return value;
}

/** 0 or 1. */
export function parseFlag(text: string, where: string, column: string): boolean {
  requireThat(text === "0" || text === "1", where, column, "0 or 1", text);
  return text === "1";
}

/**
 * Seconds, written as such (`15.4`) or as Python prints a duration: `0:00:15.4`, `1 day, 2:03:04.5`; pandas prints
 * `0 days 00:00:15.4`. A duration is negative (`-1 day, 23:59:59`) where the clock was set back in between.
 */
export function parseTime(text: string, where: string): number {
  const duration = DURATION.exec(text);
  if (duration !== null) {
    const [, days = "0", hours, minutes, seconds] = duration;
    return ((Number(days) * 24 + Number(hours)) * 60 + Number(minutes)) * 60 + Number(seconds);
  }
  requireThat(DECIMAL.test(text), where, "time", "seconds such as 15.4, or a duration such as 0:00:15.4", text);
  return Number(text);
}

const DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
const DURATION = /^(?:(-?\d+) days?,? )?\+?(\d+):([0-5]\d):([0-5]\d(?:\.\d+)?)$/;
