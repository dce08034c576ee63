/** The images that logs have in common. */

import { FileError } from "../../src/core.js";
import { type ComparedLog, relabelledImage } from "./comparison.js";

/**
 * The indices of the images that all logs have, if what has an index is the same image in all of them.
 *
 * @throws FileError naming a log that is about other data than the first, or labels an image otherwise, or has no image
 * in common with those before it
 */
export function sharedImages(logs: readonly ComparedLog[]): ReadonlySet<number> {
  const [first, ...others] = logs;
  let shared = new Set(first.rows.map(({ idx }) => idx));
  for (const other of others) {
    requireSameData(first, other);
    shared = new Set(other.rows.map(({ idx }) => idx).filter((idx) => shared.has(idx)));
    if (shared.size === 0) throw new FileError(other.file, `has no image in common with ${first.file}`);
  }
  return shared;
}

function requireSameData(first: ComparedLog, other: ComparedLog): void {
  const [ours, theirs] = [first.header?.data, other.header?.data];
  if (ours !== undefined && theirs !== undefined && ours.hash !== theirs.hash) {
    const found = `${dataText(theirs)}, and ${first.file} about ${dataText(ours)}`;
    throw new FileError(other.file, `is about other data: ${found}. Only certificates of the same images pair`);
  }
  const relabelled = relabelledImage(first, other);
  if (relabelled === undefined) return;
  const { idx, labels } = relabelled;
  const found = `idx ${idx} has label ${labels[1]}, and ${labels[0]} in ${first.file}`;
  throw new FileError(other.file, `is over another test set: ${found}. Only certificates of the same images pair`);
}

function dataText({ name, split, hash }: { name: string; split: string; hash: string }): string {
  return `${name} ${split} (SHA-256 ${hash.slice(0, 8) || "unknown"})`;
}
