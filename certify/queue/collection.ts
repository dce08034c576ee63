import type { OpenParts } from "../files/parts-file.js";
import type { OpenLog } from "../log/log-store.js";
import type { Part } from "../parts/part.js";
import { rowOfVotes } from "../parts/part-row.js";
import type { PartUnion } from "../parts/part-union.js";
import type { Unit } from "../parts/unit.js";

/**
 * The results of a certification as they come, in any order: kept in a file of parts at once, and written to the log in
 * the order of the images, each as soon as those before it are there.
 */
export class Collection {
  readonly #log: OpenLog;
  readonly #file: OpenParts;
  readonly #indices: readonly number[];
  readonly #written: Set<number>;
  #next = 0;

  /** @param indices of the images of the log @param union of the parts in the file, which it grows by those to come */
  constructor(
    readonly union: PartUnion,
    log: OpenLog,
    file: OpenParts,
    indices: readonly number[],
  ) {
    [this.#log, this.#file, this.#indices] = [log, file, indices];
    this.#written = new Set(log.rows.map(({ idx }) => idx));
    for (const part of file.parts) union.add(part, "the file of parts");
    this.#writeRows();
  }

  /** Images whose rows are in the log. */
  get rows(): number {
    return this.#written.size;
  }

  /** Whether all votes of a unit are here. */
  has(unit: Unit): boolean {
    return this.#written.has(unit.idx) || this.union.has(unit);
  }

  /** Images of which there are all blocks, but of different functions: no row can be made of them. */
  isMixed(idx: number): boolean {
    return !this.#written.has(idx) && this.union.mixed(idx).length > 0;
  }

  /**
   * Takes a part in.
   *
   * @param from names it in messages @throws FileError as `PartUnion.add` does; nothing has changed then
   */
  add(part: Part, from: string): void {
    if (this.union.add(part, from)) this.#file.append(part);
    this.#writeRows();
  }

  #writeRows(): void {
    for (; this.#next < this.#indices.length; this.#next++) {
      const idx = this.#indices[this.#next];
      if (this.#written.has(idx)) continue;
      const votes = this.union.votesOf(idx);
      if (votes === undefined) return;
      this.#log.append(rowOfVotes(votes, this.union.header));
      this.#written.add(idx);
    }
  }
}
