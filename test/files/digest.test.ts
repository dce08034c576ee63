import { execFileSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { digestOf } from "../../src/files/digest.js";

/** Linux says 4096 bytes, and there are fewer. */
const SHORT = "/sys/kernel/mm/transparent_hugepage/enabled";

let folder: string;
const at = (name: string): string => join(folder, name);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "smoothcert-digest-"));
});
afterAll(() => rm(folder, { recursive: true }));

describe("digestOf", () => {
  it.each([0, 1, 2 ** 20 - 1, 2 ** 20, 2 ** 20 + 1, 3 * 2 ** 20])("is SHA-256 of %i bytes", async (size) => {
    const bytes = randomBytes(size);
    await writeFile(at("file"), bytes);
    await rm(at("link"), { force: true });
    await symlink(at("file"), at("link"));
    const expected = createHash("sha256").update(bytes).digest("hex");
    for (const name of ["file", "link"]) expect(Buffer.from(await digestOf(at(name))).toString("hex")).toBe(expected);
  });

  it("refuses what isn't there, or is no regular file", async () => {
    await expect(digestOf(at("nothing"))).rejects.toThrow("ENOENT");
    await expect(digestOf(folder)).rejects.toThrow("is no regular file");
  });

  it.skipIf(!existsSync(SHORT))("refuses what ends before its size", async () => {
    await expect(digestOf(SHORT)).rejects.toThrow("has become shorter");
  });

  it.skipIf(process.platform === "win32")("doesn't wait for a pipe", async () => {
    execFileSync("mkfifo", [at("pipe")]);
    await expect(digestOf(at("pipe"))).rejects.toThrow("is no regular file");
  });
});
