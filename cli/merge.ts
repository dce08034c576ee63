import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { Command } from "commander";
import {
  BLOCK,
  functionsOf,
  headerPath,
  indexRanges,
  isPartsText,
  type MergedParts,
  mergeParts,
  type NamedLog,
  type NamedParts,
  parseLog,
  parseParts,
  readLogText,
  readStoredHeader,
  requireUnchanged,
  writeLog,
} from "../certify/index.js";
import { FileError, IncompleteError, requireWritable } from "../src/index.js";
import { counted } from "../src/text/counted.js";
import { outputName } from "./options.js";
import { print, warn } from "./print.js";

interface MergeOptions {
  readonly out: string;
  readonly json?: true;
}

const HELP = `
PARTS are the logs of shards (certify --shard), logs of other ranges of the same
certification, and files of parts (LOG.parts), in any order. The result is the
log that one process would have written, but for the seconds in it, the date and
the checksums over them. What several parts hold must agree, and is counted: it
was computed twice.

Parts with other settings, or changed ones, are refused by name. Blocks of one
image from machines that compute different functions are never added up. If
images are missing, they are listed and nothing is written; the exit code is 3.

Examples:
  smoothcert merge runs/maxup/certify.*of7.tsv --out runs/maxup/certify.tsv
  smoothcert merge a.tsv b.tsv c.parts --out all.tsv`;

/** `smoothcert merge PARTS...`: one log from the parts of a certification. */
export function mergeCommand(): Command {
  return new Command("merge")
    .description("put the parts of a certification together, from shards and from other machines")
    .argument("<parts...>", "logs of shards, and files of parts")
    .requiredOption("--out <log>", "the log", outputName("--out"))
    .option("--json", "print what was merged as one JSON object")
    .addHelpText("after", HELP)
    .action(merge);
}

async function merge(paths: readonly string[], { out, json }: MergeOptions): Promise<void> {
  for (const file of [out, headerPath(out)]) requireWritable(file);
  const all = existsSync(out) && !paths.some((path) => resolve(path) === resolve(out)) ? [...paths, out] : paths;
  const [logs, files]: [NamedLog[], NamedParts[]] = [[], []];
  for (const path of all) {
    const text = await readLogText(path);
    if (isPartsText(text)) files.push(parseParts(text, path));
    else logs.push(await intactLog(text, path));
  }
  const merged = mergeParts(logs, files);
  for (const { idx, parts } of merged.mixed) {
    warn(`image ${idx}: ${parts.join(" and ")} hold votes of different functions, which are not added up`);
  }
  if (merged.missing.length > 0) throw incomplete(merged);
  await writeLog(out, merged.header, merged.rows);
  report(merged, all.length, out, json === true);
}

/** @throws FileError for a log without a header, and for one that was changed after it was written */
async function intactLog(text: string, path: string): Promise<NamedLog> {
  const stored = await readStoredHeader(path);
  if (stored === undefined)
    throw new FileError(path, `expected a header ${headerPath(path)} beside the log, found none`);
  const { rows } = parseLog(text, path, { allowEmpty: true });
  requireUnchanged(path, stored, rows);
  return { name: path, header: stored.header, rows };
}

function incomplete({ header, rows, missing, begun, shards }: MergedParts): IncompleteError {
  const total = rows.length + missing.length;
  const blocks = begun.map(
    ({ idx, blocks }) => `image ${idx} lacks its blocks ${indexRanges(blocks)} of ${BLOCK} samples`,
  );
  const tasks = shards && `They fall to shards ${indexRanges(shards.indices)} of ${shards.count}`;
  const again = shards && `run these again, with Slurm: sbatch --array=${indexRanges(shards.indices)} FILE`;
  const some = `${counted(missing.length, "image")} of ${total} of ${header.data.name}`;
  const what = `${some} missing: ${indexRanges(missing)}`;
  const next = tasks === undefined ? [] : [`${tasks}; ${again}`];
  return new IncompleteError([what, ...blocks.slice(0, 5), ...next, "Nothing was written"].join(". "));
}

function report({ rows, duplicates, computedBy }: MergedParts, parts: number, out: string, json: boolean): void {
  const functions = functionsOf(computedBy);
  if (functions > 1)
    warn(`${functions} different functions were computed on different machines: ${headerPath(out)} names them`);
  if (json) {
    print(JSON.stringify({ log: out, parts, images: rows.length, duplicates, functions }));
    return;
  }
  const twice = duplicates === 0 ? "none of them twice" : `${duplicates} of them more than once, and all agree`;
  print(`${counted(rows.length, "image")} from ${counted(parts, "part")}, ${twice}: ${out}`);
}
