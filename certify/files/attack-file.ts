import { existsSync } from "node:fs";
import { z } from "zod";
import { checkJson, readJson } from "../../src/files/json.js";
import { FileError, show } from "../../src/index.js";
import { ATTACK_COLUMNS, type AttackRow, formatAttackRow, parseAttackRow } from "../attack/attack-row.js";
import { totalOf } from "../log/cell.js";
import { ABSTAIN } from "../theorem/decision.js";
import { headerPath, RowFile, wholeLines } from "./row-file.js";

/** What an attack's rows hold for; it lies beside them as a JSON file. */
export interface AttackHeader {
  readonly format: "smoothcert-attack";
  readonly version: 1;
  /** Version of smoothcert that began it. */
  readonly smoothcert: string;
  /** When it was begun, ISO 8601. */
  readonly created: string;
  /** Identity of the certification log's header (see `headerIdentity`). */
  readonly log: string;
  /** Where gradients come from. */
  readonly gradient: "model" | "votes";
  /** SHA-256 of the model that gradients go through; empty for votes. */
  readonly gradientModel: string;
  readonly copies: number;
  readonly steps: number;
  readonly votes: number;
  /** Failure probability of each test. */
  readonly alpha: number;
  readonly seed: number;
}

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
