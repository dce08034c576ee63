import { open, readdir, rm, stat, utimes } from "node:fs/promises";
import { join } from "node:path";

/**
 * Claims on jobs, as files in a folder: `NAME.1` is the first on a job. Only one process can create a file, so each
 * claim is one worker's. It counts as dead once its time of change has not moved for a lease by the clock of whoever
 * looks: no two clocks are compared. The next claim then has the next number, and again one process alone can create
 * it.
 */
export class FolderClaims {
  /** When a claim's time of change was first seen, by this process's clock. */
  readonly #seen = new Map<string, { readonly changed: number; readonly at: number }>();

  /** @param lease in milliseconds */
  constructor(
    readonly folder: string,
    readonly lease: number,
  ) {}

  /** The number of the last claim on each job that has any. */
  async last(): Promise<Map<string, number>> {
    const claims = new Map<string, number>();
    for (const claim of await readdir(this.folder)) {
      const dot = claim.lastIndexOf(".");
      const [name, number] = [claim.slice(0, dot), Number(claim.slice(dot + 1))];
      claims.set(name, Math.max(number, claims.get(name) ?? 0));
    }
    return claims;
  }

  /** Whether this process is the one that has this claim from now on. */
  async create(name: string, number: number): Promise<boolean> {
    try {
      await (await open(this.#path(name, number), "wx")).close();
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
      throw error;
    }
  }

  /** Whether nobody has touched a claim for a lease. The first look at one never finds it dead. */
  async isDead(name: string, number: number): Promise<boolean> {
    const path = this.#path(name, number);
    const changed = (await stat(path).catch(() => undefined))?.mtimeMs;
    if (changed === undefined) return false;
    const before = this.#seen.get(path);
    if (before?.changed === changed) return performance.now() - before.at > this.lease;
    this.#seen.set(path, { changed, at: performance.now() });
    return false;
  }

  async touch(name: string, number: number): Promise<void> {
    const now = new Date();
    await utimes(this.#path(name, number), now, now).catch(() => {}); // Somebody else was done with the job.
  }

  async remove(name: string, number: number): Promise<void> {
    await rm(this.#path(name, number), { force: true });
  }

  /** Removes the claims up to this number, the last one last: until then nobody takes the job for unclaimed. */
  async removeUpTo(name: string, last: number): Promise<void> {
    for (let number = 1; number <= last; number++) await this.remove(name, number);
  }

  #path(name: string, number: number): string {
    return join(this.folder, `${name}.${number}`);
  }
}
