import type { GatedLog, LogRow, PairedLog, Policy } from "smoothcert/certify";

/** Logs and policies at a gate. */

/** A policy of these requirements. */
export function policyOf(confidence: number, ...requirements: Policy["requirements"]): Policy {
  return { format: "smoothcert-policy", version: 1, confidence, requirements };
}

/** A right answer of this radius for each image; an abstention where there is none. */
export function rowsOf(radii: readonly (number | undefined)[]): LogRow[] {
  return radii.map((radius, idx) => {
    const answered = radius !== undefined;
    return { idx, label: 0, predict: answered ? 0 : -1, radius: radius ?? 0, correct: answered };
  });
}

/** A log without a header, at a gate. */
export function gatedLog(rows: readonly LogRow[], baselines: Readonly<Record<string, PairedLog>> = {}): GatedLog {
  return { file: "log.tsv", rows, baselines: new Map(Object.entries(baselines)) };
}

/** A log of so many images of which `certified` are, at radius 1. */
export function countedRows(certified: number, images: number): LogRow[] {
  return rowsOf(Array.from({ length: images }, (_, i) => (i < certified ? 1 : undefined)));
}
