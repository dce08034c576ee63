import { existsSync, truncateSync } from "node:fs";
import { MAX_LOG_BYTES } from "../../src/files/limits.js";
import { readText } from "../../src/files/read.js";
import { AppendedFile, type HeldLock, removeLeftovers, takeLock, writeTarget, writeWhole } from "../../src/index.js";

/** Where the header of a file of rows lies: `certify.tsv` -> `certify.json`. */
export function headerPath(path: string): string {
  return `${path.replace(/\.(tsv|txt)$/, "")}.json`;
}

/**
 * A file of rows that one process alone appends to, with a header beside it. A row is one write, so a killed run
 * leaves whole rows and at most one torn line, which the next run cuts off.
 */
export class RowFile {
  readonly #path: string;
  readonly #lock: HeldLock;
  #file: AppendedFile | undefined;

  private constructor(path: string) {
    this.#path = path;
    this.#lock = takeLock(`${writeTarget(path)}.lock`, path);
  }

  /**
   * Locks a file, and then lets `prepare` look at what is in it and make of it what is handed out.
   *
   * @throws FileError if another process has it, or if no regular file may be there; what `prepare` throws, with the
   *   lock given back
   */
  static async open<T>(path: string, prepare: (file: RowFile) => Promise<T>): Promise<T> {
    const file = new RowFile(path);
    try {
      await Promise.all([path, headerPath(path)].map(removeLeftovers));
      const prepared = await prepare(file);
      file.#file = new AppendedFile(path);
      return prepared;
    } catch (error) {
      file.close();
      throw error;
    }
  }

  /** All that is in the file; nothing where there is none. */
  async text(): Promise<string> {
    return existsSync(this.#path) ? readText(this.#path, "rows of a log", MAX_LOG_BYTES) : "";
  }

  /** Begins the file with a header beside it, a line of column names in it, and rows, if there are any. */
  async begin(header: object, columns: readonly string[], rows: readonly string[] = []): Promise<void> {
    await this.writeHeader(header);
    await writeWhole(this.#path, [columns.join("\t"), ...rows].map((line) => `${line}\n`).join(""));
  }

  async writeHeader(header: object): Promise<void> {
    await writeWhole(headerPath(this.#path), `${JSON.stringify(header, undefined, 2)}\n`);
  }

  /** Leaves nothing in the file but these whole lines, with which it begins. */
  cutTo(whole: string): void {
    truncateSync(this.#path, Buffer.byteLength(whole));
  }

  /** Appends a row and hands it to the operating system at once. @throws FileError if there is no room for it */
  append(row: string): void {
    this.#file!.append(`${row}\n`);
  }

  /** Returns when all rows are on the disk. */
  close(): void {
    try {
      this.#file?.close();
    } finally {
      this.#lock.release();
    }
  }
}

/** The lines of a text that have their newline: the last one may be torn. */
export function wholeLines(text: string): string {
  return text.slice(0, text.lastIndexOf("\n") + 1);
}
