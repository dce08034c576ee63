import { execFileSync } from "node:child_process";
import {
  chmod,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rm,
  stat,
  symlink,
  writeFile,
} from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { AppendedFile, FileError, removeLeftovers, requireWritable, writeTarget, writeWhole } from "smoothcert";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

let folder: string;
const at = (name: string): string => join(folder, name);
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "smoothcert-write-"));
});
afterEach(() => rm(folder, { recursive: true }));

const text = (name: string): Promise<string> => readFile(at(name), "utf8");

/** All that writes to a path. */
const writers: [string, (path: string) => unknown][] = [
  ["writeWhole", (path) => writeWhole(path, "new")],
  ["AppendedFile", async (path) => new AppendedFile(path)],
  ["requireWritable", async (path) => requireWritable(path)],
];

describe("writeWhole", () => {
  it("leaves what it was given, whatever was there, and nothing else", async () => {
    const contents = fc.array(fc.oneof(fc.string(), fc.uint8Array()), { minLength: 1, maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(contents, async (all) => {
        for (const content of all) await writeWhole(at("a/b/file"), content);
        expect(await readFile(at("a/b/file"))).toEqual(Buffer.from(all[all.length - 1] as string));
        expect(await readdir(at("a/b"))).toEqual(["file"]);
      }),
      { numRuns: 20 },
    );
  });

  it("writes parts one after the other", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.uint8Array()), async (parts) => {
        await writeWhole(at("file"), parts);
        expect(await readFile(at("file"))).toEqual(Buffer.concat(parts));
      }),
      { numRuns: 10 },
    );
  });

  it.each([0o600, 0o640, 0o666, 0o755])("keeps the mode %o of what it replaces", async (mode) => {
    await writeFile(at("file"), "old");
    await chmod(at("file"), mode);
    await writeWhole(at("file"), "new");
    expect((await stat(at("file"))).mode & 0o7777).toBe(mode);
    expect(await text("file")).toBe("new");
  });

  it("gives a new file the mode that any new file has", async () => {
    await writeFile(at("plain"), "");
    await writeWhole(at("file"), "new");
    expect((await stat(at("file"))).mode).toBe((await stat(at("plain"))).mode);
  });

  it.each(["file", "missing"])(
    "writes through links, also links to links, to a file (%s), and leaves the links",
    async (name) => {
      await mkdir(at("real"));
      await mkdir(at("links"));
      if (name === "file") await writeFile(at(`real/${name}`), "old");
      await symlink(join("..", "real", name), at("links/inner"));
      await symlink("links/inner", at("outer"));
      await writeWhole(at("outer"), "new");
      expect(await text(`real/${name}`)).toBe("new");
      expect([await readlink(at("outer")), await readlink(at("links/inner"))]).toEqual([
        "links/inner",
        `../real/${name}`,
      ]);
      expect([await readdir(at("real")), await readdir(at("links"))]).toEqual([[name], ["inner"]]);
      expect(writeTarget(at("outer"))).toBe(writeTarget(at(`real/${name}`)));
    },
  );

  it("names the file that can't be written, and leaves no temporary one", async () => {
    const name = "x".repeat(250);
    await expect(writeWhole(at(name), "new")).rejects.toThrow(`${at(name)}: can't be written (ENAMETOOLONG`);
    await writeFile(at("file"), "old");
    await expect(writeWhole(at("file/below"), "new")).rejects.toThrow(`${at("file/below")}: can't be written (ENOTDIR`);
    expect(await readdir(folder)).toEqual(["file"]);
  });
});

describe.each(writers)("%s refuses", (_, write) => {
  async function expectRefusal(path: string, found: string): Promise<void> {
    const refusal = Promise.resolve().then(() => write(path));
    await expect(refusal).rejects.toBeInstanceOf(FileError);
    await expect(refusal).rejects.toThrow(
      `${path}: is ${found}, and only regular files are written. Name another file`,
    );
  }

  it("a folder, and a link to one", async () => {
    await mkdir(at("there"));
    await symlink("there", at("link"));
    await expectRefusal(at("there"), "a folder");
    await expectRefusal(at("link"), "a folder");
    expect((await readdir(folder)).sort()).toEqual(["link", "there"]);
  });

  it.skipIf(process.platform === "win32")("a device, which stays one, and links to it", async () => {
    await symlink("/dev/null", at("link"));
    await expectRefusal("/dev/null", "a device");
    await expectRefusal(at("link"), "a device");
    expect((await stat("/dev/null")).isCharacterDevice()).toBe(true);
    expect((await lstat(at("link"))).isSymbolicLink()).toBe(true);
  });

  it.skipIf(process.platform === "win32")("a named pipe, without waiting for its reader", async () => {
    execFileSync("mkfifo", [at("pipe")]);
    await expectRefusal(at("pipe"), "a pipe");
    expect((await lstat(at("pipe"))).isFIFO()).toBe(true);
  });

  it.skipIf(process.platform === "win32")("a socket", async () => {
    const server = createServer().listen(at("socket"));
    await new Promise((resolve) => server.once("listening", resolve));
    await expectRefusal(at("socket"), "a socket");
    await new Promise((resolve) => server.close(resolve));
  });

  it("a link that leads in a circle", async () => {
    await symlink("b", at("a"));
    await symlink("a", at("b"));
    await expect(Promise.resolve().then(() => write(at("a")))).rejects.toThrow(`${at("a")}: can't be written (ELOOP`);
  });
});

describe("requireWritable", () => {
  it("makes nothing, where all is well and where it isn't", async () => {
    requireWritable(at("new/folder/file"));
    await writeFile(at("file"), "old");
    expect(() => requireWritable(at("file/below/it"))).toThrow(FileError);
    expect(await readdir(folder)).toEqual(["file"]);
  });

  it.skipIf(process.platform === "win32" || process.getuid?.() === 0)(
    "refuses a write-protected file or folder",
    async () => {
      await writeFile(at("file"), "old", { mode: 0o444 });
      await mkdir(at("there"), { mode: 0o555 });
      for (const name of ["file", "there/file"])
        expect(() => requireWritable(at(name))).toThrow("can't be written (EACCES");
    },
  );
});

describe("removeLeftovers", () => {
  it("removes temporary files of that one file, and no others", async () => {
    const others = ["file", "file.tmp", "file.0123456g.tmp", "other.01234567.tmp", "myfile.01234567.tmp"];
    for (const name of [...others, "file.01234567.tmp", "file.89abcdef.tmp"]) await writeFile(at(name), "");
    await removeLeftovers(at("file"));
    expect((await readdir(folder)).sort()).toEqual(others.sort());
    await removeLeftovers(at("nowhere/file"));
  });
});

describe("AppendedFile", () => {
  it("adds pieces at the end of what is there, in its folder or a new one", async () => {
    for (const pieces of [["a", "bc"], ["d"]]) {
      const file = new AppendedFile(at("new/log"));
      for (const piece of pieces) file.append(piece);
      file.close();
    }
    expect(await text("new/log")).toBe("abcd");
  });

  it("begins a new file only where there is none, if asked to", async () => {
    new AppendedFile(at("log"), true).close();
    expect(() => new AppendedFile(at("log"), true)).toThrow(`${at("log")}: can't be written (EEXIST`);
  });
});
