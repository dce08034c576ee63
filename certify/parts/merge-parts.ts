import { exampleIndices, type Shard } from "../log/example-range.js";
import { type MergedLog, mergeLogs, type NamedLog } from "../log/merge.js";
import { checkOf, headerIdentity } from "../log/seal.js";
import type { Fingerprint } from "../sampling/fingerprint.js";
import { rowOfVotes } from "./part-row.js";
import { PartUnion } from "./part-union.js";
import type { NamedParts } from "./parts-text.js";

/** Logs and files of parts, put together. */
export interface MergedParts extends MergedLog {
  /** The images that the header speaks of and that have no row, ascending. */
  readonly missing: readonly number[];
  /** Of these, each of which there are some blocks of samples, with the blocks that are missing. */
  readonly begun: readonly { readonly idx: number; readonly blocks: readonly number[] }[];
  /** Of these, each whose blocks were counted by different functions, with the parts that hold them. */
  readonly mixed: readonly { readonly idx: number; readonly parts: readonly string[] }[];
  /** The shards to which the missing images fall, where all inputs that are shards are of so many. */
  readonly shards: { readonly indices: readonly number[]; readonly count: number } | undefined;
  /** What computed the inputs, as far as they tell. */
  readonly computedBy: readonly Fingerprint[];
}

/**
 * The log that one process would have written, from logs and parts of its certification: any number of them, in any
 * order, cut anywhere. Duplicates that agree are dropped, and counted.
 *
 * @param logs and @param files of parts: at least one of them all
 * @throws FileError as `mergeLogs` and `PartUnion.add` do, for what is of another certification, was changed, or
 *   contradicts another
 */
export function mergeParts(logs: readonly NamedLog[], files: readonly NamedParts[]): MergedParts {
  const named = files.map(({ name, header }): NamedLog => ({ name, header, rows: [] }));
  const inputs = [...logs, ...named];
  const { header: whole } = mergeLogs(inputs);
  const union = new PartUnion(whole);
  for (const { name, parts } of files) for (const part of parts) union.add(part, name);
  const merged = mergeLogs([...inputs, logOfParts(union, files.map(({ name }) => name).join(", "))]);
  const there = new Set(merged.rows.map(({ idx }) => idx));
  const indices = exampleIndices(whole.data.length, whole);
  const missing = indices.filter((idx) => !there.has(idx));
  return {
    ...merged,
    duplicates: merged.duplicates + union.duplicates,
    missing,
    begun: missing.map((idx) => ({ idx, blocks: union.missingBlocks(idx) })).filter(({ blocks }) => blocks.length > 0),
    mixed: missing.map((idx) => ({ idx, parts: union.mixed(idx) })).filter(({ parts }) => parts.length > 0),
    shards: shardsOf(
      indices,
      there,
      inputs.flatMap(({ header }) => header.shard ?? []),
    ),
    computedBy: [...inputs.flatMap(({ header }) => header.computedBy ?? []), ...union.fingerprints],
  };
}

/** The log of the images whose votes are all there. */
function logOfParts(union: PartUnion, name: string): NamedLog {
  const { header } = union;
  const identity = headerIdentity(header);
  const rows = union.images.flatMap((idx) => {
    const votes = union.votesOf(idx);
    return votes === undefined ? [] : [rowOfVotes(votes, header)];
  });
  return {
    name,
    header: { ...header, computedBy: [...union.fingerprints] },
    rows: rows.map((row) => ({ ...row, check: checkOf(row, identity) })),
  };
}

function shardsOf(
  indices: readonly number[],
  there: ReadonlySet<number>,
  shards: readonly Shard[],
): MergedParts["shards"] {
  const counts = new Set(shards.map(({ count }) => count));
  const [count] = counts;
  if (count === undefined || counts.size > 1) return undefined;
  const left = indices.flatMap((idx, i) => (there.has(idx) ? [] : [(i % count) + 1]));
  return { indices: [...new Set(left)].sort((a, b) => a - b), count };
}
