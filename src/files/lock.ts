import { randomBytes } from "node:crypto";
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { FileError, show } from "../errors.js";
import { HeldLock, removeIfEmpty } from "./held-lock.js";
import { type LockOwner, lifeOf, lockOwner, thisProcess } from "./lock-owner.js";
import { cannotWrite } from "./write-target.js";

/**
 * Locks that don't outlive their owner. A lock is a folder that holds one file, the record of its owner. The folder
 * is made under another name and put in place by a rename, which fails where a folder is that is not empty: so a lock
 * appears with its record, and for one process only. Records have names of their own, so whoever finds a dead owner
 * removes that one's record and no other's; then the rename decides again.
 */

/** An attempt fails only where another process took the lock or gave it back in the same moment. */
const ATTEMPTS = 1000;

/**
 * Takes a lock for this process, from a dead owner too. It is given back when the process ends, unless that is killed.
 *
 * @param path of the lock; its folder is made if need be @param what is locked, for messages
 * @throws FileError naming the owner and what to do, if it lives, or runs where this process can't see it
 */
export function takeLock(path: string, what: string): HeldLock {
  const name = `${process.pid}-${randomBytes(4).toString("hex")}`;
  const lock = new HeldLock(path, name);
  try {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      lock.makeFolder();
      const owner = livingOwner(path);
      if (owner !== undefined) throw new FileError(what, refusal(path, owner));
      if (putInPlace(path, name)) {
        removeStagings(path);
        return lock;
      }
    }
    throw new Error(`its lock ${path} can't be taken`);
  } catch (cause) {
    lock.release();
    throw cannotWrite(what, cause);
  }
}

/** The owner of a lock, if there is one that may live. What dead ones left is removed. */
function livingOwner(path: string): LockOwner | undefined {
  for (const name of namesIn(path)) {
    const record = join(path, name);
    const owner = ownerIn(record);
    if (owner === undefined) continue;
    if (lifeOf(owner) !== "dead") return owner;
    rmSync(record, { force: true });
  }
  removeIfEmpty(path);
  return undefined;
}

function namesIn(folder: string): readonly string[] {
  return unless(["ENOENT"], () => readdirSync(folder)) ?? [];
}

/** The owner that a record names; undefined where it has just been removed. */
function ownerIn(record: string): LockOwner | undefined {
  const text = unless(["ENOENT"], () => readFileSync(record, "utf8"));
  if (text === undefined) return undefined;
  try {
    return lockOwner.parse(JSON.parse(text));
  } catch (cause) {
    const remedy = `If nobody is writing here, remove ${dirname(record)}`;
    throw new FileError(record, `expected the record of a lock's owner, found something else. ${remedy}`, { cause });
  }
}

/**
 * What a taker meets that another one has overtaken. Some systems say EPERM where there is a folder already; others
 * tidy up.
 */
const OVERTAKEN = ["ENOTEMPTY", "EEXIST", "EPERM", "ENOENT"];

/** Whether the lock is this process's now, and not another one's. */
function putInPlace(path: string, name: string): boolean {
  const staging = `${path}.${name}.tmp`;
  try {
    const taken = unless(OVERTAKEN, () => {
      mkdirSync(staging);
      writeRecord(join(staging, name));
      renameSync(staging, path);
      return true;
    });
    return taken === true;
  } finally {
    rmSync(staging, { recursive: true, force: true });
  }
}

/** Removes what other takers left who were killed before they had put it in place. */
function removeStagings(path: string): void {
  const prefix = `${basename(path)}.`;
  const isStaging = (name: string): boolean =>
    name.startsWith(prefix) && /^\d+-[0-9a-f]{8}\.tmp$/.test(name.slice(prefix.length));
  for (const name of namesIn(dirname(path)).filter(isStaging)) {
    try {
      livingOwner(join(dirname(path), name));
    } catch {
      // Whose it is can't be told, so it stays; it keeps nobody out.
    }
  }
}

function writeRecord(path: string): void {
  const file = openSync(path, "wx");
  try {
    writeSync(file, `${JSON.stringify(thisProcess(), undefined, 2)}\n`);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function refusal(lock: string, owner: LockOwner): string {
  const { pid, host, since, command } = owner;
  const doing = `since ${since}: ${show(command)}`;
  if (lifeOf(owner) === "unknown") {
    const remedy = `Whether that still runs can't be seen from here; if it doesn't, remove ${lock}`;
    return `is being written by process ${pid} on ${host} ${doing}. ${remedy}`;
  }
  const remedy = pid === process.pid ? "Close it first" : `Wait until it has ended, or stop it with: kill ${pid}`;
  return `is being written by process ${pid} ${doing}. ${remedy}`;
}

/** The value of an action; undefined if it fails in one of these ways. */
function unless<T>(codes: readonly string[], action: () => T): T | undefined {
  try {
    return action();
  } catch (error) {
    if (codes.includes((error as NodeJS.ErrnoException).code ?? "")) return undefined;
    throw error;
  }
}
