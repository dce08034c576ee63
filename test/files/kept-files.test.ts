import { mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { KeptFiles } from "../../src/files/kept-files.js";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "smoothcert-kept-"));
});
afterEach(() => rm(folder, { recursive: true }));

const name = (i: number): string => String(i).padStart(64, "0");

/** Says when a file was last used, in seconds: what happens within one tick of the clock has an order, too. */
const usedAt = (i: number, time: number): Promise<void> => utimes(join(folder, name(i)), time, time);

describe("KeptFiles", () => {
  it("keeps those used last, as many as there is room for", async () => {
    const use = fc.record({ i: fc.nat(5), size: fc.integer({ min: 1, max: 60 }) });
    await fc.assert(
      fc.asyncProperty(fc.array(use, { maxLength: 12 }), async (uses) => {
        const files = new KeptFiles(folder, 100);
        await files.clear();
        let expected: { i: number; size: number }[] = [];
        for (const [time, { i, size }] of uses.entries()) {
          const kept = expected.find((file) => file.i === i);
          if (kept === undefined) await files.write(name(i), [new Uint8Array(size)]);
          else expect(await files.read(name(i))).toEqual(new Uint8Array(kept.size));
          await usedAt(i, 1000 + time);
          let total = 0;
          expected = [kept ?? { i, size }, ...expected.filter((file) => file !== kept)].filter((file) => {
            total += file.size;
            return total <= 100;
          });
          expect(await readdir(folder)).toEqual(expected.map((file) => name(file.i)).sort());
        }
      }),
      { numRuns: 30 },
    );
  });

  it("counts what is read as used now", async () => {
    const files = new KeptFiles(folder, 100);
    await files.write(name(1), [Uint8Array.of(1), Uint8Array.of(2, 3)]);
    await usedAt(1, 1000);
    expect(await files.read(name(1))).toEqual(Uint8Array.of(1, 2, 3));
    expect((await stat(join(folder, name(1)))).mtimeMs).toBeGreaterThan(1_000_000);
  });

  it("doesn't keep what is larger than the limit, and removes nothing for it", async () => {
    const files = new KeptFiles(folder, 100);
    await files.write(name(1), [new Uint8Array(100)]);
    await files.write(name(2), [new Uint8Array(100), new Uint8Array(1)]);
    expect(await readdir(folder)).toEqual([name(1)]);
  });

  it("removes what killed writers left, and nothing that isn't its own", async () => {
    const files = new KeptFiles(folder, 100);
    const left = `${name(1)}.0123abcd.tmp`;
    await writeFile(join(folder, left), new Uint8Array(90));
    await utimes(join(folder, left), 1000, 1000);
    await writeFile(join(folder, "notes.txt"), new Uint8Array(1000));
    await files.write(name(2), [new Uint8Array(50)]);
    expect(await readdir(folder)).toEqual([name(2), "notes.txt"]);
    await writeFile(join(folder, left), "");
    expect(await files.clear()).toEqual({ files: 2, bytes: 50 });
    expect((await readFile(join(folder, "notes.txt"))).length).toBe(1000);
    expect(await new KeptFiles(join(folder, "none"), 100).clear()).toEqual({ files: 0, bytes: 0 });
  });
});
