import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { readLog } from "smoothcert/certify";
import { beforeAll, describe, expect, it } from "vitest";
import { folderWithRun, PROGRAM, smoothcert, writeDigits } from "./support.js";

const folder = folderWithRun();
const COUNT = 60;
let digits: string;
beforeAll(async () => {
  digits = await writeDigits(folder.path, COUNT);
});

/** Runs a line of bash in which `smoothcert` is the built program; the exit code is that of the program. */
function bash(line: string): { code: number | null; out: string; err: string } {
  const program = `smoothcert() { ${process.execPath} ${PROGRAM} "$@"; }`;
  const { status, stdout, stderr } = spawnSync("bash", ["-c", `${program}\n${line}\nexit \${PIPESTATUS[0]}`]);
  return { code: status, out: String(stdout), err: String(stderr) };
}

/** Runs a line that is one command in this process, which starts no program; the exit code. */
async function here(line: string): Promise<number | undefined> {
  const [, ...words] = line.trim().split(" ");
  return (await smoothcert(...words)).code;
}

/** A certification that says things on both streams while it works. */
function certify(log: string, more = ""): string {
  const settings = `--data ${digits} --n 1000 --n0 20 --threads 1`;
  return `smoothcert certify ${folder.run} ${settings} --out ${folder.at(log)} ${more}`;
}

async function expectWhole(log: string): Promise<void> {
  const { rows } = await readLog(folder.at(log));
  expect(rows.map(({ idx }) => idx)).toEqual(Array.from({ length: COUNT }, (_, i) => i));
}

const LOST = /^error: can't write to standard output \(ENOSPC: .*\): the results printed there are lost$/gm;

describe.skipIf(process.platform === "win32")("a reader that goes away", () => {
  it("ends no work: of the results", async () => {
    const { code, out, err } = bash(`${certify("out.tsv")} | head -1`);
    expect({ code, out }).toEqual({ code: 0, out: `run: ${folder.at("out.tsv")}\n` });
    expect(err).not.toMatch(/EPIPE|error/);
    await expectWhole("out.tsv");
  });

  it("ends no work: of the notes, before the first image", async () => {
    const { code, out } = bash(`${certify("err.tsv")} 2>&1 | head -1`);
    expect({ code, out }).toEqual({ code: 0, out: expect.stringMatching(/^Certifying run .*\n$/) });
    await expectWhole("err.tsv");
  });

  it("ends no work: of both, at once", async () => {
    expect(bash(`${certify("none.tsv")} 2>&1 | true`).code).toBe(0);
    await expectWhole("none.tsv");
  });

  it("hides no failure", () => {
    expect(bash(`smoothcert curve ${folder.at("nothing.tsv")} 2>&1 | true`).code).toBe(1);
    expect(bash("smoothcert certify 2>&1 | true").code).toBe(2);
  });

  it("lets commands that only print end quietly", () => {
    const { code, err } = bash(`smoothcert data ${digits} | head -1`);
    expect({ code, err }).toEqual({ code: 0, err: "" });
  });
});

describe.runIf(existsSync("/dev/full"))("a full disk under a standard stream", () => {
  it("is told in one line, with exit code 1, when the work is done", async () => {
    const { code, err } = bash(`${certify("full.tsv")} > /dev/full`);
    expect(code).toBe(1);
    expect(err.match(LOST)).toHaveLength(1);
    expect(err).not.toMatch(/\n {4}at /);
    await expectWhole("full.tsv");
  });

  it("costs notes and nothing else where it is under standard error", async () => {
    const { code, out } = bash(`${certify("notes.tsv")} 2> /dev/full`);
    expect({ code, out }).toEqual({ code: 0, out: expect.stringContaining("60 points") });
    await expectWhole("notes.tsv");
    expect(bash(`smoothcert curve ${folder.at("nothing.tsv")} 2> /dev/full`).code).toBe(1);
  });

  it("under both still ends in exit code 1, and under a command that only prints", async () => {
    expect(bash(`${certify("both.tsv")} > /dev/full 2>&1`).code).toBe(1);
    await expectWhole("both.tsv");
    const { code, err } = bash("smoothcert --help > /dev/full");
    expect({ code, lines: err.match(LOST)?.length, rest: err.replace(LOST, "") }).toEqual({
      code: 1,
      lines: 1,
      rest: "\n",
    });
  });
});

describe.skipIf(process.platform === "win32")("no room for a file", () => {
  it("of rows ends with its name, whole rows and no temporary file; the same command completes it", async () => {
    const { code, err } = bash(`ulimit -f 4; ${certify("short.tsv")}`);
    expect(code).toBe(1);
    const error = err.trimEnd().split("\n").at(-1);
    expect(error).toMatch(/: can't be written \(EFBIG: .*\)\. Make room, then run the same command again$/);
    expect(error).toContain(`error: ${folder.at("short.tsv")}: `);
    expect(await readFile(folder.at("short.tsv"), "utf8")).toMatch(/\n$/);
    expect(bash(`ls ${folder.path}`).out).not.toMatch(/tmp$|lock$/m);
    expect(await here(certify("short.tsv"))).toBe(0);
    await expectWhole("short.tsv");
  });

  it("of a training ends with its name and no temporary file; the same command completes it", async () => {
    const settings = "--model linear --epochs 2 --warmup 0 --sigma 0.25 --engine wasm";
    const train = (name: string): string => `smoothcert train --data ${digits} ${settings} --out ${folder.at(name)}`;
    expect(await here(train("whole"))).toBe(0);
    // The weights alone take 31 kB, with their velocities twice as much.
    for (const limit of [16, 48]) {
      const { code, err } = bash(`ulimit -f ${limit}; ${train("cut")}`);
      expect(code).toBe(1);
      const file = limit === 16 ? "model/weights.bin" : "checkpoint/latest.safetensors";
      expect(err).toContain(`\nerror: ${folder.at(`cut/${file}`)}: can't be written (EFBIG: `);
      expect(bash(`find ${folder.at("cut")}`).out).not.toMatch(/tmp$|lock$/m);
    }
    expect(await here(train("cut"))).toBe(0);
    expect(await readFile(folder.at("cut/model/weights.bin"))).toEqual(
      await readFile(folder.at("whole/model/weights.bin")),
    );
  });
});
