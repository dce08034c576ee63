import { z } from "zod";
import { FileError } from "../../src/core.js";
import { type LogHeader, logHeaderSchema } from "../log/header.js";
import { headerCheck } from "../log/seal.js";
import { type Part, partSchema } from "./part.js";

/**
 * A file of parts: one JSON value a line. The first is the header of their certification, the others are parts in the
 * order in which they came; the last line may be torn.
 */

const firstLine = z.strictObject({
  format: z.literal("smoothcert-parts"),
  version: z.literal(1),
  header: logHeaderSchema,
  check: z.string(),
});

/** The first line of a file of parts. */
export function partsHeaderLine(header: LogHeader): string {
  const content = { format: "smoothcert-parts", version: 1, header } as const;
  return `${JSON.stringify({ ...content, check: headerCheck(content) })}\n`;
}

/** The line of a part. */
export function partLine(part: Part): string {
  return `${JSON.stringify(part)}\n`;
}

/** What a file of parts holds. */
export interface NamedParts {
  readonly name: string;
  readonly header: LogHeader;
  readonly parts: readonly Part[];
}

/** Whether a text begins as a file of parts does. */
export function isPartsText(text: string): boolean {
  return text.startsWith('{"format":"smoothcert-parts"');
}

/**
 * Reads a file of parts, but for a torn last line.
 *
 * @param name of the file, for messages @throws FileError naming the line that is none of such a file
 */
export function parseParts(text: string, name: string): NamedParts {
  const lines = text.slice(0, text.lastIndexOf("\n") + 1).split("\n");
  const { check, ...content } = parsed(firstLine, lines[0], name, 1);
  if (check !== headerCheck(content)) {
    throw new FileError(
      name,
      "the checksum of its header isn't that of its content: it was changed after it was written",
    );
  }
  const parts = lines.slice(1, -1).map((line, i) => parsed(partSchema, line, name, i + 2));
  return { name, header: content.header, parts };
}

function parsed<T>(schema: z.ZodType<T>, line: string, name: string, number: number): T {
  const refuse = (problem: string, cause?: unknown): FileError => {
    return new FileError(name, `line ${number}: expected a part of a certification; ${problem}`, { cause });
  };
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (cause) {
    throw refuse("it is no JSON", cause);
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [{ path, message }] = result.error.issues;
  throw refuse(`${path.join(".")}: ${message}`);
}
