/** JSON from files: parsed only where it is not nested so deep that code which walks it would run out of stack. */
import type { z } from "zod";
import { FileError } from "../errors.js";
import { MAX_JSON_BYTES, MAX_JSON_DEPTH } from "./limits.js";
import { readText } from "./read.js";

/**
 * The value in a JSON file.
 *
 * @param expected what the file should hold, for the messages
 * @throws FileError if it is no regular file, too large, or no JSON, or nested deeper than {@link MAX_JSON_DEPTH}
 */
export async function readJson(path: string, expected: string): Promise<unknown> {
  return parseJson(await readText(path, expected, MAX_JSON_BYTES), path);
}

/**
 * The value of a JSON text.
 *
 * @throws FileError naming `path` if it is malformed or nested deeper than {@link MAX_JSON_DEPTH}
 */
export function parseJson(text: string, path: string): unknown {
  const depth = depthOf(text);
  if (depth > MAX_JSON_DEPTH) {
    throw new FileError(
      path,
      `expected JSON of at most ${MAX_JSON_DEPTH} levels, found arrays or objects nested deeper`,
    );
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new FileError(path, `malformed JSON: ${(error as Error).message.split("\n")[0]}`, { cause: error });
  }
}

/**
 * A parsed value as the schema describes it.
 *
 * @param where the value's place in the file, put before the field's
 * @throws FileError naming the first field that is wrong
 */
export function checkJson<T>(schema: z.ZodType<T>, value: unknown, path: string, where = ""): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new FileError(path, firstIssue(result.error, where));
}

/** What is wrong with a value, in one line: the field's place and the rule. */
export function firstIssue(error: z.ZodError, where = ""): string {
  const { path, message } = error.issues[0];
  const place = [...(where === "" ? [] : [where]), ...path.map(String)].join(".");
  return `${place === "" ? "the whole" : place}: ${message}`;
}

/** The deepest nesting of arrays and objects; counting stops beyond the limit. Brackets within strings don't count. */
function depthOf(text: string): number {
  let [depth, deepest, inString] = [0, 0, false];
  for (let i = 0; i < text.length && deepest <= MAX_JSON_DEPTH; i++) {
    const character = text[i];
    if (character === '"') inString = !inString;
    else if (inString) i += character === "\\" ? 1 : 0;
    else if (character === "[" || character === "{") deepest = Math.max(deepest, ++depth);
    else if (character === "]" || character === "}") depth--;
  }
  return deepest;
}
