import { createHash } from "node:crypto";
import { basename, join } from "node:path";
import { FileError } from "../../errors.js";
import { MAX_TEXT_BYTES, showBytes } from "../../files/limits.js";
import { wrongFile } from "../../files/wrong-file.js";
import { kindOf, readBytes } from "../files.js";
import { type TextLevel, tokensOf } from "./tokens.js";
import { type Vocabulary, vocabularyOf } from "./vocabulary.js";

/** A text in three parts, as numbers of a vocabulary. */
export interface Corpus extends Record<Part, Int32Array> {
  readonly name: string;
  /** Where it was read from. */
  readonly source: string;
  readonly level: TextLevel;
  readonly vocabulary: Vocabulary;
  /** SHA-256 (hex) of level, vocabulary and tokens: equal for equal ones, whatever files they came from. */
  readonly hash: string;
}

/** The parts of a corpus. */
export type Part = "train" | "valid" | "test";

const PARTS: readonly Part[] = ["train", "valid", "test"];

/** Of a text that is one file, these fractions are learned from, validated on and tested on, in this order. */
const FRACTIONS = [0.9, 0.05, 0.05] as const;

/** The fewest tokens that a part may have: one to read, and one to foretell. */
const LEAST_TOKENS = 2;

/**
 * Reads a text for language models: a folder with `train.txt`, `valid.txt` and `test.txt`, the layout of the Penn
 * Treebank and of WikiText-2, or one text, which is split 90 : 5 : 5 in order. A text may be compressed with gzip.
 *
 * @param vocabulary a model's, or the most tokens that one made of the training part may have
 * @throws FileError if a file is missing or unreadable, is no UTF-8, or has too little text
 */
export async function readCorpus(path: string, level: TextLevel, vocabulary: Vocabulary | number): Promise<Corpus> {
  const parts = await readParts(path, level);
  PARTS.forEach((part, i) => {
    if (parts[i].length >= LEAST_TOKENS) return;
    const found = `${parts[i].length} ${level}s in its ${part} part`;
    throw wrongFile(path, `a text of at least ${LEAST_TOKENS} ${level}s in each part`, found, "Give a longer text.");
  });
  const known = typeof vocabulary === "number" ? vocabularyOf(parts[0], vocabulary) : vocabulary;
  const [train, valid, test] = parts.map((tokens) => known.encode(tokens));
  const hash = hashOf(level, known, [train, valid, test]);
  return { name: basename(path), source: path, level, vocabulary: known, train, valid, test, hash };
}

async function readParts(path: string, level: TextLevel): Promise<string[][]> {
  const kind = await kindOf(path);
  if (kind === "folder") {
    return await Promise.all(PARTS.map(async (part) => tokensOf(await readUtf8(join(path, `${part}.txt`)), level)));
  }
  const tokens = tokensOf(await readUtf8(path), level);
  const first = Math.floor(FRACTIONS[0] * tokens.length);
  const second = first + Math.floor(FRACTIONS[1] * tokens.length);
  return [tokens.slice(0, first), tokens.slice(first, second), tokens.slice(second)];
}

const EXPECTED = "a text in UTF-8";

async function readUtf8(path: string): Promise<string> {
  const bytes = await readBytes(path, EXPECTED);
  if (bytes.length > MAX_TEXT_BYTES) {
    const expected = `${EXPECTED} of at most ${showBytes(MAX_TEXT_BYTES)}`;
    throw wrongFile(path, expected, `${bytes.length} bytes`, "Give a part of it.");
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    const problem = `expected ${EXPECTED}, found other bytes. Convert it first, e.g. by iconv.`;
    throw new FileError(path, problem, { cause });
  }
}

function hashOf(level: TextLevel, vocabulary: Vocabulary, parts: readonly Int32Array[]): string {
  const hash = createHash("sha256");
  hash.update(`${JSON.stringify({ level, tokens: vocabulary.tokens, lengths: parts.map(({ length }) => length) })}\n`);
  for (const part of parts) hash.update(new Uint8Array(part.buffer, part.byteOffset, part.byteLength));
  return hash.digest("hex");
}
