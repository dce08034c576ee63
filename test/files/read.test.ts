import { execFileSync } from "node:child_process";
import { mkdtemp, rm, symlink, truncate, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { decodeImage, loadDataset, loadModel, readOnnx } from "smoothcert";
import { readHeader, readLog } from "smoothcert/certify";
import { loadCheckpoint, readConfig } from "smoothcert/train";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "smoothcert-"));
});
afterEach(() => rm(folder, { recursive: true }));

/** Every reader of files, by the path that it is given. */
const READERS: readonly [name: string, file: string, read: (path: string) => Promise<unknown>][] = [
  ["images", "a.png", (path) => decodeImage(path, [2, 2, 3])],
  ["IDX files", "a.idx", (path) => loadDataset(`idx:${path},${path}`, "test")],
  ["npy files", "a.npy", (path) => loadDataset(`npy:${path},${path}`, "test")],
  ["npz files", "a.npz", (path) => loadDataset(`npz:${path}`, "test")],
  ["datasets of any kind", "a", (path) => loadDataset(path, "test")],
  ["TensorFlow.js models", "model.json", loadModel],
  ["ONNX models", "a.onnx", readOnnx],
  ["logs", "a.tsv", readLog],
  ["headers of logs", "a.json", (path) => readHeader(path.replace(/json$/, "tsv"))],
  ["configurations of runs", "config.json", readConfig],
  ["checkpoints", "latest.safetensors", loadCheckpoint],
];

async function expectRefusal(read: (path: string) => Promise<unknown>, path: string, found: string): Promise<void> {
  const message = expect.stringMatching(new RegExp(`^${path}: expected .*, found ${found}`));
  await expect(read(path)).rejects.toMatchObject({ name: "FileError", path, message });
}

describe.each(READERS)("the reader of %s", (_, file, read) => {
  it("doesn't wait for a pipe, but refuses it", async () => {
    const path = join(folder, file);
    execFileSync("mkfifo", [path]);
    await expectRefusal(read, path, "a pipe. Copy what it holds to a file first");
  });

  it("refuses devices, also by a link", async () => {
    const path = join(folder, file);
    await symlink("/dev/zero", path);
    await expectRefusal(read, path, "a device");
  });

  it("refuses what is larger than anything of its kind, before it is read", async () => {
    const path = join(folder, file);
    await writeFile(path, "");
    await truncate(path, 2 ** 31);
    await expectRefusal(read, path, "2147483648 bytes");
  });
});

describe("a reader", () => {
  it("refuses a socket", async () => {
    const path = join(folder, "a.tsv");
    const server = await new Promise<Server>((resolve) => {
      const listening = createServer().listen(path, () => resolve(listening));
    });
    await expectRefusal(readLog, path, "a socket");
    await new Promise((resolve) => server.close(resolve));
  });

  it("refuses files whose size is not that of what they hold, as in /proc", async () => {
    await expectRefusal(readLog, "/proc/self/status", "more, as if it were being written");
  });

  it("follows a link to a regular file", async () => {
    await writeFile(join(folder, "real.tsv"), "idx\tlabel\tpredict\tradius\tcorrect\n0\t1\t1\t0.5\t1\n");
    await symlink("real.tsv", join(folder, "a.tsv"));
    expect((await readLog(join(folder, "a.tsv"))).rows).toHaveLength(1);
  });
});
