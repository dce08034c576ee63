/**
 * Files that are not what they seem: what they are instead, by their first bytes, and what makes of them what was
 * wanted.
 */
import { shellWord } from "../text/shell.js";
import { type Advice, KINDS, type Wanted } from "./file-kinds.js";

export type { Wanted } from "./file-kinds.js";

/** What a file is instead. */
export interface OtherKind {
  /** A noun phrase: `a Git LFS pointer`. */
  readonly found: string;
  /** What to do: a sentence, with a command where there is one. */
  readonly next: string;
}

const GROUPS: Readonly<Record<Wanted, keyof Advice>> = {
  onnx: "model",
  tfjs: "model",
  idx: "arrays",
  cifar: "arrays",
  npy: "arrays",
  npz: "arrays",
  data: "arrays",
  image: "image",
};

/** How far the start of a file reaches. */
const START = 4096;

/**
 * What a file is that a reader can't read.
 *
 * @param bytes all of it @param wanted what the reader expected; of that kind itself nothing is said @param path its
 * name, for the advice
 */
export function otherKind(bytes: Uint8Array, wanted: Wanted, path: string): OtherKind | undefined {
  const look = { bytes, start: Buffer.from(bytes.subarray(0, START)).toString("latin1"), path };
  for (const { found, is, advice } of KINDS) {
    const next = adviceFor(advice, wanted);
    if (next === null || !is(look)) continue;
    return {
      found: typeof found === "string" ? found : found(look),
      // In Python's quotes it is a text of JSON, which reads the same; elsewhere a word of a command line.
      next: next.replaceAll('"FILE"', () => JSON.stringify(path)).replaceAll("FILE", () => shellWord(path)),
    };
  }
  return undefined;
}

function adviceFor(advice: Advice, wanted: Wanted): string | null {
  for (const key of [wanted, GROUPS[wanted], "any"] as const) {
    const next = advice[key];
    if (next !== undefined) return next;
  }
  return null;
}
