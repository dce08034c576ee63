import { existsSync, truncateSync } from "node:fs";
import { MAX_LOG_BYTES } from "../../src/files/limits.js";
import { readText } from "../../src/files/read.js";
import { AppendedFile, FileError } from "../../src/index.js";
import type { LogHeader } from "../log/header.js";
import { settingsHash } from "../log/seal.js";
import type { Part } from "../parts/part.js";
import { parseParts, partLine, partsHeaderLine } from "../parts/parts-text.js";
import { wholeLines } from "./row-file.js";

/** A file of parts that parts are appended to. Whoever opens it sees to it that nobody else does. */
export interface OpenParts {
  /** The parts that were there already. */
  readonly parts: readonly Part[];
  /** Appends a part; when this returns, no end of this process loses it. */
  append(part: Part): void;
  close(): void;
}

/**
 * Begins a file of parts, or opens the one that is there; a torn last line is cut off.
 *
 * @throws FileError if it is no file of parts, or one of another certification; it is left as it is
 */
export async function openParts(path: string, header: LogHeader): Promise<OpenParts> {
  const text = existsSync(path) ? wholeLines(await readText(path, "a file of parts", MAX_PARTS_BYTES)) : "";
  const known = text === "" ? undefined : parseParts(text, path);
  if (known !== undefined && settingsHash(known.header) !== settingsHash(header)) {
    throw new FileError(path, "holds parts of another certification. Merge or remove it, or choose another --out");
  }
  if (existsSync(path)) truncateSync(path, Buffer.byteLength(text));
  const file = new AppendedFile(path);
  if (known === undefined) file.append(partsHeaderLine(header));
  return {
    parts: known?.parts ?? [],
    append: (part) => file.append(partLine(part)),
    close: () => file.close(),
  };
}

/** Files of parts are larger than logs: each part says who computed it. */
const MAX_PARTS_BYTES = 4 * MAX_LOG_BYTES;
