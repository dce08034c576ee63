import { FileError } from "../../src/core.js";
import type { LogHeader } from "./header.js";
import { continuedHeader, type LogStore, type OpenLog } from "./log-store.js";
import type { LogRow } from "./row.js";
import { checkOf, headerIdentity } from "./seal.js";

/** A log in memory, for notebooks, pages and tests. */
export class MemoryLogStore implements LogStore {
  readonly name: string;
  #header: LogHeader | undefined;
  readonly #rows: LogRow[] = [];
  #isOpen = false;

  /** @param name names it in messages */
  constructor(name = "a log in memory") {
    this.name = name;
  }

  /** The header; undefined before the first run. */
  get header(): LogHeader | undefined {
    return this.#header;
  }

  /** The rows so far, sealed, in the order in which they were appended. */
  get rows(): readonly LogRow[] {
    return this.#rows;
  }

  async open(header: LogHeader): Promise<OpenLog> {
    if (this.#isOpen) throw new FileError(this.name, "is open for another run");
    const stored = this.#rows.length > 0 ? this.#header : undefined;
    const kept = stored === undefined ? header : continuedHeader(stored, header, this.name);
    const identity = headerIdentity(kept);
    this.#header = kept;
    this.#isOpen = true;
    return {
      rows: [...this.#rows],
      append: (row) => {
        this.#rows.push({ ...row, check: checkOf(row, identity) });
      },
      close: () => {
        this.#isOpen = false;
      },
    };
  }
}
