import { appendFileSync, closeSync, existsSync, openSync, truncateSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { z } from "zod";
import { checkJson, readJson } from "../../src/files/json.js";
import { MAX_LOG_BYTES } from "../../src/files/limits.js";
import { readText } from "../../src/files/read.js";
import { FileError, show } from "../../src/index.js";
import { headerPath } from "../log-file.js";
import { ATTACK_COLUMNS, type AttackRow, formatAttackRow, parseAttackRow } from "./attack-row.js";

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
 * Begins a file of results, or goes on with one of the same settings.
 *
 * @throws FileError if the file there was made with other settings (naming each), or is no such file; it is left as it is
 */
export async function openAttack(path: string, header: AttackHeader): Promise<OpenAttack> {
  const text = existsSync(path) ? await readText(path, "results of an attack", MAX_LOG_BYTES) : "";
  const whole = text.slice(0, text.lastIndexOf("\n") + 1);
  if (text !== "") await requireSameHeader(path, header);
  const rows = whole === "" ? [] : rowsOf(whole, path);
  if (whole === "") await begin(path, header);
  else if (whole.length < text.length) truncateSync(path, Buffer.byteLength(whole));
  const file = openSync(path, "a");
  return { rows, append: (row) => appendFileSync(file, `${formatAttackRow(row)}\n`), close: () => closeSync(file) };
}

async function begin(path: string, header: AttackHeader): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(headerPath(path), `${JSON.stringify(header, undefined, 2)}\n`);
  await writeFile(path, `${ATTACK_COLUMNS.join("\t")}\n`);
}

async function requireSameHeader(path: string, asked: AttackHeader): Promise<void> {
  const file = headerPath(path);
  if (!existsSync(file)) {
    const problem = `exists, without a header ${file} that says what it was made with; choose another --out`;
    throw new FileError(path, problem);
  }
  const stored = checkJson(z.looseObject({}), await readJson(file, "the header of an attack"), file);
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
