import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { CounterRandom, STREAM } from "smoothcert";
import { headerPath, type LogRow, readHeader, readLog } from "smoothcert/certify";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { repetitions } from "../../laws/effort.js";
import { runSeed } from "../../laws/seed.js";

const SCRIPT = fileURLToPath(new URL("../../fixtures/certify/certify-slowly.mjs", import.meta.url));
/** The script runs in a process of its own, on the built package; `npm test` builds it first. */
const built = existsSync(new URL("../../../dist/certify/index.js", import.meta.url));
/** Each ends the writing of two logs: to start a process takes longer than all that it does here. */
const KILLS = repetitions(6, 2);
const ROWS = 120;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "smoothcert-kill-"));
});
afterAll(() => rm(folder, { recursive: true }));

/** Runs the script on logs; kills it `delay` milliseconds after it has started, if it still runs. */
function certify(logs: readonly string[], delay?: number): Promise<"done" | "killed"> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [SCRIPT, ...logs], { stdio: ["ignore", "pipe", "pipe"] });
    let errors = "";
    child.stderr.on("data", (text) => (errors += text));
    if (delay !== undefined) child.stdout.once("data", () => setTimeout(() => child.kill("SIGKILL"), delay));
    child.on("close", (code, signal) => {
      if (signal === "SIGKILL") resolve("killed");
      else if (code === 0) resolve("done");
      else reject(new Error(`the script ended with ${code ?? signal}: ${errors}`));
    });
  });
}

async function rowsOf(log: string): Promise<LogRow[]> {
  return (await readLog(log)).rows.map((row) => ({ ...row, time: 0, check: "" }));
}

describe("a certification", () => {
  it.skipIf(!built)(
    "killed with SIGKILL at random moments and resumed ends in the rows of an uninterrupted one",
    async () => {
      const whole = join(folder, "whole.tsv");
      expect(await certify([whole])).toBe("done");
      const expected = await rowsOf(whole);
      expect(expected.map(({ idx }) => idx)).toEqual(Array.from({ length: ROWS }, (_, i) => 2 * i));

      const logs = ["a", "b"].map((name) => join(folder, `${name}.tsv`));
      const random = new CounterRandom({ seed: runSeed, stream: STREAM.theory, example: 0, sample: 0 });
      const finished: LogRow[][] = [];
      for (let kills = 0; kills < KILLS; ) {
        if ((await certify(logs, 40 * random.uniform())) === "killed") kills += 1;
        else for (const log of logs) finished.push(await startAgain(log));
      }
      expect(await certify(logs)).toBe("done");
      for (const log of logs) {
        expect(await readHeader(log)).toEqual({ ...(await readHeader(whole)), created: expect.any(String) });
        finished.push(await rowsOf(log));
      }
      for (const rows of finished) expect(rows).toEqual(expected);
    },
    // A dozen processes, each of which loads the whole package.
    300_000,
  );
});

/**
 * The rows of a log that was finished before the last kill, and the log removed: on a quick machine a run has no time
 * to be killed.
 */
async function startAgain(log: string): Promise<LogRow[]> {
  const rows = await rowsOf(log);
  await rm(log);
  await rm(headerPath(log));
  return rows;
}
