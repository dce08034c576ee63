import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { FileError, takeLock } from "smoothcert";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { repetitions } from "../laws/effort.js";

const SCRIPT = fileURLToPath(new URL("../fixtures/files/take-lock.mjs", import.meta.url));
/** The script runs in a process of its own, on the built package; `npm test` builds it first. */
const built = existsSync(new URL("../../dist/src/files/lock.js", import.meta.url));
const linux = process.platform === "linux";

let folder: string;
let path: string;
const children: ChildProcess[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "smoothcert-lock-"));
  path = join(folder, "log.tsv.lock");
});
afterEach(async () => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
  await rm(folder, { recursive: true });
});

/** A process that does nothing but live. */
async function sleeper(): Promise<ChildProcess & { pid: number }> {
  const child = spawn(process.execPath, ["-e", "setTimeout(() => {}, 1e6)"], { stdio: "ignore" });
  children.push(child);
  await once(child, "spawn");
  return child as ChildProcess & { pid: number };
}

async function killed(child: ChildProcess): Promise<void> {
  child.kill("SIGKILL");
  await once(child, "close");
}

/** The record that this process writes of itself. */
async function ownRecord(): Promise<Record<string, unknown>> {
  const lock = takeLock(path, "log.tsv");
  const [name] = await readdir(path);
  const record = JSON.parse(await readFile(join(path, name), "utf8"));
  lock.release();
  return record;
}

/** Puts a lock in place whose owner is this process, but for some fields. */
async function lockOf(change: object): Promise<void> {
  const record = { ...(await ownRecord()), since: "2026-01-02T03:04:05.000Z", command: "main.js certify x", ...change };
  await mkdir(path, { recursive: true });
  await writeFile(join(path, "0-00000000"), JSON.stringify(record));
}

function startOf(pid: number): string {
  return readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1].split(" ")[19];
}

function expectTaken(): void {
  const lock = takeLock(path, "log.tsv");
  expect(() => takeLock(path, "log.tsv")).toThrow(FileError);
  lock.release();
  expect(existsSync(path)).toBe(false);
}

describe("a lock", () => {
  it("keeps others out, this process too, until it is given back, and leaves nothing", async () => {
    const lock = takeLock(path, "log.tsv");
    const message = new RegExp(
      `^log\\.tsv: is being written by process ${process.pid} since 20\\d\\d-.*Z: ".*\\. Close it first$`,
    );
    expect(() => takeLock(path, "log.tsv")).toThrow(message);
    lock.release();
    lock.release();
    expect(await readdir(folder)).toEqual([]);
    expectTaken();
  });

  it("makes the folders above it, and removes them again if nothing else is in them", async () => {
    const deep = join(folder, "a", "b", "c", "lock");
    takeLock(deep, "c").release();
    expect(await readdir(folder)).toEqual([]);
    const lock = takeLock(deep, "c");
    await writeFile(join(folder, "a", "b", "mine"), "");
    lock.release();
    expect(await readdir(join(folder, "a", "b"))).toEqual(["mine"]);
  });

  it("names its owner, when it was taken, for what, and what to do", async () => {
    const { pid } = await sleeper();
    await lockOf({ pid, start: linux ? startOf(pid) : undefined });
    expect(() => takeLock(path, "runs/log.tsv")).toThrow(
      `runs/log.tsv: is being written by process ${pid} since 2026-01-02T03:04:05.000Z: "main.js certify x". ` +
        `Wait until it has ended, or stop it with: kill ${pid}`,
    );
    expect(await readdir(folder)).toEqual(["log.tsv.lock"]);
  });

  it("is taken over from a process that was killed", async () => {
    const owner = await sleeper();
    await lockOf({ pid: owner.pid, start: linux ? startOf(owner.pid) : undefined });
    await killed(owner);
    expectTaken();
  });

  it.runIf(linux)("is taken over where another process has its owner's number now", async () => {
    const { pid } = await sleeper();
    await lockOf({ pid, start: String(Number(startOf(pid)) - 1) });
    expectTaken();
  });

  it.runIf(existsSync("/etc/machine-id"))("is taken over after a restart of the machine", async () => {
    await lockOf({ boot: "00000000-0000-0000-0000-000000000000" });
    expectTaken();
  });

  it.each([
    ["on another host", { host: "elsewhere.example" }, "elsewhere.example"],
    ["on another machine of the same name", { machine: "0", boot: "0" }, hostname()],
    ["in another container", { namespace: "pid:[1]" }, hostname()],
  ])("of an owner %s is not taken over: the message says what to remove", async (_, change, host) => {
    const gone = await sleeper();
    await killed(gone);
    await lockOf({ pid: gone.pid, ...change });
    expect(() => takeLock(path, "log.tsv")).toThrow(
      `log.tsv: is being written by process ${gone.pid} on ${host} since 2026-01-02T03:04:05.000Z: ` +
        `"main.js certify x". ` +
        `Whether that still runs can't be seen from here; if it doesn't, remove ${path}`,
    );
    await rm(path, { recursive: true });
    expectTaken();
  });

  it("that is being given back, or that lost its record, is free", async () => {
    await mkdir(path);
    expectTaken();
  });

  it.each(["", "{", '{"pid": 0}', "{}"])(
    "whose record is %j is nobody's to take: the message says what to remove",
    async (record) => {
      await mkdir(path);
      await writeFile(join(path, "1-00000000"), record);
      expect(() => takeLock(path, "log.tsv")).toThrow(`If nobody is writing here, remove ${path}`);
      expect(await readdir(path)).toEqual(["1-00000000"]);
    },
  );

  it("is not put where something else is", async () => {
    await writeFile(path, "mine");
    expect(() => takeLock(path, "log.tsv")).toThrow(/^log\.tsv: can't be written \(ENOTDIR/);
    expect(await readFile(path, "utf8")).toBe("mine");
  });

  it("removes what a taker left that was killed before it had it, and not what one is about to use", async () => {
    const [living, dead] = [await sleeper(), await sleeper()];
    for (const { pid } of [living, dead]) {
      const record = { ...(await ownRecord()), pid, start: linux ? startOf(pid) : undefined };
      await mkdir(`${path}.${pid}-00000000.tmp`);
      await writeFile(join(`${path}.${pid}-00000000.tmp`, `${pid}-00000000`), JSON.stringify(record));
    }
    await killed(dead);
    takeLock(path, "log.tsv").release();
    expect(await readdir(folder)).toEqual([`log.tsv.lock.${living.pid}-00000000.tmp`]);
  });
});

/** A process that takes the lock, and what it said. */
function taker(end: string): { child: ChildProcess; said: Promise<string>; closed: Promise<unknown[]> } {
  const child = spawn(process.execPath, [SCRIPT, path, end], { stdio: ["ignore", "pipe", "ignore"] });
  children.push(child);
  return { child, said: once(child.stdout!, "data").then(String), closed: once(child, "close") };
}

describe.runIf(built)("a lock of a process", () => {
  it.each([
    ["1", 0, null],
    ["exit", 3, null],
    ["throw", 1, null],
  ])("that ends (%s) is given back", async (end, code, signal) => {
    const { said, closed } = taker(end);
    expect(await said).toBe("taken\n");
    expect(await closed).toEqual([code, signal]);
    expect(await readdir(folder)).toEqual([]);
  });

  it.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)(
    "that %s ends is given back, and the signal ends it as always",
    async (signal) => {
      const { child, said, closed } = taker("never");
      expect(await said).toBe("taken\n");
      child.kill(signal);
      expect(await closed).toEqual([null, signal]);
      expect(await readdir(folder)).toEqual([]);
    },
  );

  it("that SIGKILL ends stays, for the next one to take over", async () => {
    const { child, said, closed } = taker("never");
    expect(await said).toBe("taken\n");
    child.kill("SIGKILL");
    await closed;
    expect(await readdir(folder)).toEqual(["log.tsv.lock"]);
    expectTaken();
  });

  it("goes to one of many that find its owner dead at once", async () => {
    const dead = await sleeper();
    await killed(dead);
    for (let round = 0; round < repetitions(6); round++) {
      await lockOf({ pid: dead.pid });
      const takers = Array.from({ length: 6 }, () => taker("never"));
      const said = await Promise.all(takers.map((each) => each.said));
      const winners = takers.filter((_, i) => said[i] === "taken\n");
      expect(winners).toHaveLength(1);
      const refusal = `the thing: is being written by process ${winners[0].child.pid} since `;
      for (const words of said.filter((each) => each !== "taken\n")) expect(words).toContain(refusal);
      winners[0].child.kill();
      await Promise.all(takers.map(({ closed }) => closed));
      expect(await readdir(folder)).toEqual([]);
    }
  });
});
