import { appendFileSync, closeSync, fstatSync, fsyncSync, ftruncateSync, openSync } from "node:fs";
import { dirname } from "node:path";
import { makeFolder } from "./make-folder.js";
import { cannotWrite, writeTarget } from "./write-target.js";

/** A file that grows at its end by whole pieces. Errors are FileErrors that name it. */
export class AppendedFile {
  readonly #file: number;

  /**
   * Opens a file, or makes it and its folder.
   *
   * @param isNew whether it must not be there yet @throws FileError as {@link writeTarget} does, or if it can't be
   *   opened
   */
  constructor(
    readonly path: string,
    isNew = false,
  ) {
    this.#file = this.#try(() => {
      const target = writeTarget(path);
      makeFolder(dirname(target));
      return openSync(target, isNew ? "ax" : "a");
    });
  }

  /**
   * Hands a piece to the operating system at once. @throws FileError if there is no room; none of the piece is left
   * then
   */
  append(piece: string | Uint8Array): void {
    this.#try(() => {
      const { size } = fstatSync(this.#file);
      try {
        appendFileSync(this.#file, piece);
      } catch (error) {
        ftruncateSync(this.#file, size);
        throw error;
      }
    });
  }

  /** Closes the file, and returns when all pieces are on the disk. */
  close(): void {
    this.#try(() => {
      try {
        fsyncSync(this.#file);
      } finally {
        closeSync(this.#file);
      }
    });
  }

  #try<T>(action: () => T): T {
    try {
      return action();
    } catch (cause) {
      throw cannotWrite(this.path, cause);
    }
  }
}
