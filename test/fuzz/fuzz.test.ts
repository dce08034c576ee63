import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { makeBase } from "../../bench/fuzz/base.js";
import { tryInput } from "../../bench/fuzz/judge.js";
import { KINDS } from "../../bench/fuzz/kinds.js";

/** Of each kind; bench/fuzz/main.ts tries 25,000 in all. */
const INPUTS = 10;

let work: string;
beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), "smoothcert-fuzz-"));
  vi.spyOn(console, "warn").mockImplementation(() => {});
  await makeBase(join(work, "base"));
});
afterAll(() => rm(work, { recursive: true }));

describe("mutated inputs", () => {
  it("are of kinds whose shares are a whole", () => {
    expect(KINDS.reduce((sum, { share }) => sum + share, 0)).toBe(1000);
  });

  it.each(KINDS.map((kind) => [kind.name, kind] as const))("%s are read or refused by name", async (_, kind) => {
    for (let seed = 0; seed < INPUTS; seed++) {
      // The memory of this process is that of all its tests.
      const { fault = "" } = await tryInput(kind, seed, join(work, "base"), join(work, "input"));
      expect(`${seed}: ${/MiB$/.test(fault) ? "" : fault}`).toBe(`${seed}: `);
    }
  });

  it("are the same for the same seed", async () => {
    for (const kind of KINDS) {
      const [first, second] = [await tried(kind.name), await tried(kind.name)];
      expect(second).toEqual(first);
    }
  });
});

async function tried(name: string): Promise<unknown> {
  const kind = KINDS.find((each) => each.name === name)!;
  const { accepted, message } = await tryInput(kind, 3, join(work, "base"), join(work, "input"));
  return { accepted, message };
}
