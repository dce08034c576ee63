import { existsSync } from "node:fs";
import { z } from "zod";
import { checkJson, readJson } from "../../src/files/json.js";
import { MAX_LOG_BYTES } from "../../src/files/limits.js";
import { readText } from "../../src/files/read.js";
import { FileError, show } from "../../src/index.js";
import { ATTACK_COLUMNS, type AttackRow, formatAttackRow, parseAttackRow } from "../attack/attack-row.js";
import { totalOf } from "../log/cell.js";
import type { LogHeader } from "../log/header.js";
import type { LogRow } from "../log/row.js";
import { ABSTAIN } from "../theorem/decision.js";
import { headerPath, RowFile, wholeLines } from "./row-file.js";

/** The schema of an attack's header. */
const attackHeaderSchema = z.object({
  format: z.literal("smoothcert-attack"),
  version: z.literal(1),
  /** Version of smoothcert that began it. */
  smoothcert: z.string(),
  /** When it was begun, ISO 8601. */
  created: z.string(),
  /** Identity of the certification log's header (see `headerIdentity`). */
  log: z.string(),
  /** Where gradients come from. */
  gradient: z.enum(["model", "votes"]),
  /** SHA-256 of the model that gradients go through; empty for votes. */
  gradientModel: z.string(),
  copies: z.number().int().positive(),
  steps: z.number().int().positive(),
  votes: z.number().int().positive(),
  /** Failure probability of each test. */
  alpha: z.number().positive().max(0.01),
  seed: z.number().int().nonnegative(),
});

/** What an attack's rows hold for; it lies beside them as a JSON file. */
export type AttackHeader = Readonly<z.infer<typeof attackHeaderSchema>>;

/** Results that rows are appended to. */
export interface OpenAttack {
  /** The rows of an earlier run of the same command. */
  readonly rows: readonly AttackRow[];
  /** Appends a row and hands it to the operating system at once. */
  append(row: AttackRow): void;
  close(): void;
}

/**
 * Begins a file of results, or goes on with one of the same settings. Until it is closed no other process can open it.
 *
 * @throws FileError if the file there was made with other settings (naming each), or is no such file; if another
 *   process has it open (naming that); if it can't be written. It is left as it is
 */
export function openAttack(path: string, header: AttackHeader): Promise<OpenAttack> {
  return RowFile.open(path, async (file) => {
    const stored = await readStored(headerPath(path));
    const text = await file.text();
    const whole = wholeLines(text);
    if (text !== "") requireSameSettings(path, stored, header);
    const rows = whole === "" ? [] : rowsOf(whole, path);
    requireRows(rows, header, path);
    if (whole === "") await file.begin(header, ATTACK_COLUMNS);
    else if (whole.length < text.length) file.cutTo(whole);
    return { rows, append: (row) => file.append(formatAttackRow(row)), close: () => file.close() };
  });
}

/** The results of an attack, finished or not. */
export interface AttackResults {
  readonly header: AttackHeader;
  readonly rows: readonly AttackRow[];
}

/**
 * Reads the results of an attack with the header beside them; a last line that was cut off is passed over.
 *
 * @throws FileError if the file or its header is missing or malformed, or holds what no attack of these settings writes
 */
export async function readAttack(path: string): Promise<AttackResults> {
  const place = headerPath(path);
  const header = checkJson(attackHeaderSchema, await readJson(place, "the header of an attack"), place);
  const rows = rowsOf(wholeLines(await readText(path, "the results of an attack", MAX_LOG_BYTES)), path);
  requireRows(rows, header, path);
  return { header, rows };
}

/**
 * Refuses results on certificates that a log doesn't hold as they are there. Images that the log lacks are passed over.
 *
 * @param path of the results @param log its name, header and rows @throws FileError naming the image
 */
export function requireAttackOf(
  log: { readonly file: string; readonly header: LogHeader; readonly rows: readonly LogRow[] },
  attacked: readonly AttackRow[],
  path: string,
): void {
  const classes = log.header.data.classes.length;
  const stranger = attacked.find(({ insideCounts }) => insideCounts.some(([label]) => !(label < classes)));
  if (stranger !== undefined)
    throw new FileError(path, `image ${stranger.idx}: votes for a class beyond the ${classes} of the log`);
  const byIndex = new Map(log.rows.map((row) => [row.idx, row]));
  for (const { idx, label, predict, radius } of attacked) {
    const row = byIndex.get(idx);
    if (row === undefined) continue;
    if (row.label === label && row.predict === predict && row.radius === radius) continue;
    const problem = `its row for image ${idx} attacks a certificate that is not the one in ${log.file}`;
    throw new FileError(path, `${problem}. Choose another --out`);
  }
}

/** The header at `path`; undefined where there is none. @throws FileError if a file of that name is something else */
async function readStored(path: string): Promise<Record<string, unknown> | undefined> {
  if (!existsSync(path)) return undefined;
  const stored = checkJson(z.looseObject({}), await readJson(path, "the header of an attack"), path);
  if (stored.format === "smoothcert-attack") return stored;
  throw new FileError(path, "expected the header of an attack, found something else. Choose another --out");
}

function requireSameSettings(path: string, stored: Record<string, unknown> | undefined, asked: AttackHeader): void {
  if (stored === undefined) {
    const missing = `a header ${headerPath(path)} that says what it was made with`;
    throw new FileError(path, `exists, without ${missing}; choose another --out`);
  }
  const differing = (Object.keys(asked) as (keyof AttackHeader)[])
    .filter((field) => field !== "created" && field !== "smoothcert")
    .filter((field) => stored[field] !== asked[field])
    .map((field) => `${field} ${show(stored[field])}, now ${show(asked[field])}`);
  if (differing.length === 0) return;
  const list = differing.join("; ");
  throw new FileError(path, `was made with other settings: ${list}. Choose another --out, or the same settings`);
}

function rowsOf(text: string, path: string): AttackRow[] {
  const [columns, ...lines] = text.trimEnd().split("\n");
  const wanted = ATTACK_COLUMNS.join("\t");
  if (columns !== wanted) throw new FileError(path, `expected the columns ${wanted}, found ${columns}`);
  return lines.map((line, i) => {
    try {
      return parseAttackRow(line, `line ${i + 2}`);
    } catch (cause) {
      throw new FileError(path, (cause as Error).message, { cause });
    }
  });
}

/** Refuses rows that no attack of these settings writes. */
function requireRows(rows: readonly AttackRow[], { votes }: AttackHeader, path: string): void {
  const seen = new Set<number>();
  for (const { idx, predict, insidePredict, insideCounts, broken } of rows) {
    const refuse = (problem: string): FileError => new FileError(path, `image ${idx}: ${problem}`);
    const sum = totalOf(insideCounts);
    if (seen.has(idx)) throw refuse("expected each idx once, found it again");
    if (sum !== votes) throw refuse(`insideCounts must add up to ${votes}, the header's votes, got ${sum}`);
    const changed = insidePredict !== ABSTAIN && insidePredict !== predict;
    if (broken !== changed) throw refuse(`broken must be ${changed ? 1 : 0}, since insidePredict is ${insidePredict}`);
    seen.add(idx);
  }
}
