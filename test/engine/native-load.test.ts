import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import { installEngine, removeEngines, useEngine } from "smoothcert";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { importNative } from "../../src/engine/native/import-native.js";
import { findInstallation } from "../../src/engine/native/installations.js";
import { cacheFolder } from "../../src/files/cache-folder.js";
import { smoothcert, spawned } from "../cli/support.js";
import { fakeMachine } from "./fake-machine.js";

/** What the picker makes of an installation that is damaged, or that does not load: these are of text files. */

let cache: string;
let folder: string;

beforeEach(async () => {
  cache = await mkdtemp(join(tmpdir(), "smoothcert-engine-"));
  vi.stubEnv("SMOOTHCERT_CACHE", cache);
  ({ folder } = await installEngine({ cache, machine: fakeMachine() }));
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(cache, { recursive: true, force: true });
});

/** Writes other contents of the same size. */
async function changeCase(path: string): Promise<void> {
  await writeFile(path, (await readFile(path, "utf8")).toUpperCase());
}

describe("an installation that does not load", () => {
  test("is told of, and auto goes on with wasm", async () => {
    expect(await useEngine("auto")).toMatchObject({ name: "wasm" });
    expect(tf.getBackend()).toBe("wasm");
    await expect(useEngine("node")).rejects.toMatchObject({
      name: "EngineError",
      message: expect.stringMatching(/^engine node is not available: load failed: .*quiet\.node: .*\. Available: wasm/),
    });
  });

  test.each([
    ["a missing file", () => rm(join(folder, "tfjs_binding.node")), "tfjs_binding.node is missing"],
    [
      "a changed file",
      () => changeCase(join(folder, "node_modules/@tensorflow/tfjs/index.js")),
      "node_modules/@tensorflow/tfjs/index.js has other contents than when it was installed",
    ],
    [
      "a library cut off",
      () => writeFile(join(folder, "tensorflow/libtensorflow_cc.so.2"), "the"),
      "tensorflow/libtensorflow_cc.so.2 has 3 bytes, 11 when it was installed",
    ],
  ])("because of %s, is told of by name, with the command that repairs it", async (_, damage, problem) => {
    await damage();
    await expect(importNative("cpu")).rejects.toMatchObject({
      name: "EngineError",
      message: `${join(folder, problem)}; smoothcert engine install repairs it`,
    });
    expect(await useEngine("auto")).toMatchObject({ name: "wasm" });
  });

  test.each([
    ["no list of files", () => rm(join(folder, "manifest.json"))],
    ["a list of files that is none", () => writeFile(join(folder, "manifest.json"), '{"format": 2}')],
  ])("because of %s, is told of by name", async (_, damage) => {
    await damage();
    await expect(findInstallation(cache, "cpu")).rejects.toMatchObject({
      name: "FileError",
      message: expect.stringMatching(/manifest\.json: missing or damaged: the engine's installation is not whole$/),
    });
    expect(await useEngine("auto")).toMatchObject({ name: "wasm" });
  });

  test("is the CPU build or, for want of it, the GPU build", async () => {
    await installEngine({ cache, machine: fakeMachine(), gpu: true });
    await removeEngines(cache);
    expect(await importNative("cpu")).toBeUndefined();
    await installEngine({ cache, machine: fakeMachine(), gpu: true });
    await expect(importNative("cpu")).rejects.toThrow(/-gpu\/quiet\.node/);
  });
});

describe("the command line", () => {
  test("engine install says what is there, engine remove what it freed", async () => {
    const there = await smoothcert("engine", "install");
    expect(there).toMatchObject({ code: 0, err: "" });
    expect(there.out).toBe(`TensorFlow 2.21.0 (cpu) already installed and intact: ${folder}\n`);
    const removed = await smoothcert("engine", "remove");
    expect(removed.out).toBe(`removed ${folder}\n0 MB freed\n`);
    expect((await smoothcert("engine", "remove")).out).toBe("no engine is installed\n");
  });

  test("engine says why the installation does not load", async () => {
    await rm(join(folder, "quiet.node"));
    const { out } = await smoothcert("engine");
    expect(out).toContain(
      `  node   not available: load failed: ${folder}/quiet.node is missing; smoothcert engine install`,
    );
    expect(out).toContain("* wasm   tfjs-backend-wasm 4.22.0");
  });

  test("a folder without a library ends with exit code 1 and one line", async () => {
    const { code, err } = await smoothcert("engine", "install", "--libtensorflow", cache);
    expect(code).toBe(1);
    expect(err.trimEnd().split("\n").at(-1)).toMatch(
      /^error: .*(found no such set|missing on this machine|works on Linux)/,
    );
  });

  test("an unknown option of engine install is an error in its arguments", async () => {
    expect(await smoothcert("engine", "install", "--everything")).toMatchObject({
      code: 2,
      err: "error: unknown option '--everything'\n",
    });
  });

  test("engine --json prints the object and nothing else, whichever engine loads", async () => {
    for (const folder of [cache, cacheFolder({})]) {
      vi.stubEnv("SMOOTHCERT_CACHE", folder);
      const { code, out, err } = await spawned("engine", "--json");
      expect({ code, err }).toEqual({ code: 0, err: "" });
      expect(JSON.parse(out).engines).toHaveLength(5);
    }
  });
});
