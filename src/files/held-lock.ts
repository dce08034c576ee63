import { rmdirSync, rmSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { makeFolder } from "./make-folder.js";

/** A lock that this process holds, or is about to take. */
export class HeldLock {
  readonly #path: string;
  readonly #record: string;
  /** The topmost folder that was made for the lock. */
  #made: string | undefined;

  /** @param path of the lock @param name of this owner's record in it */
  constructor(path: string, name: string) {
    this.#path = path;
    this.#record = join(path, name);
    if (held.size === 0) watchForTheEnd();
    held.add(this);
  }

  /** Makes the folder of the lock if it is not there. */
  makeFolder(): void {
    this.#made = makeFolder(dirname(this.#path)) ?? this.#made;
  }

  /** Gives the lock back and removes the folders that were made for it, if they are empty. May be called again. */
  release(): void {
    if (!held.delete(this)) return;
    if (held.size === 0) stopWatching();
    removeRecord(this.#record);
    removeIfEmpty(this.#path);
    if (this.#made !== undefined) removeEmptyUpTo(resolve(this.#made), resolve(dirname(this.#path)));
  }
}

/** What can't be removed is taken over when this process is dead. */
function removeRecord(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {}
}

/** Removes a folder. Whether it did: not where there is none, or something in it. */
export function removeIfEmpty(folder: string): boolean {
  try {
    rmdirSync(folder);
    return true;
  } catch {
    return false;
  }
}

function removeEmptyUpTo(top: string, folder: string): void {
  if (removeIfEmpty(folder) && folder !== top) removeEmptyUpTo(top, dirname(folder));
}

const held = new Set<HeldLock>();

const onSignals = (["SIGINT", "SIGTERM", "SIGHUP"] as const).map(
  (signal) => [signal, (): void => endBy(signal)] as const,
);

function watchForTheEnd(): void {
  process.on("exit", releaseAll);
  for (const [signal, end] of onSignals) process.on(signal, end);
}

function stopWatching(): void {
  process.off("exit", releaseAll);
  for (const [signal, end] of onSignals) process.off(signal, end);
}

function releaseAll(): void {
  for (const lock of held) lock.release();
}

/** Lets a signal end the process as it would have without this listener, unless somebody else listens. */
function endBy(signal: NodeJS.Signals): void {
  if (process.listenerCount(signal) > 1) return;
  releaseAll();
  process.kill(process.pid, signal);
}
