import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { InterruptedError, installOpenvino, removeEngines } from "smoothcert";
import { afterAll, describe, expect, test } from "vitest";
import { importOpenvino, openvinoFolder } from "../../src/engine/openvino/installation.js";
import { type Faults, fakeMachine } from "./fake-machine.js";

const root = await mkdtemp(join(tmpdir(), "smoothcert-openvino-"));
let caches = 0;
const newCache = (): string => join(root, String(caches++));
afterAll(() => rm(root, { recursive: true }));

async function install(cache: string, faults: Faults = {}, signal?: AbortSignal) {
  const machine = fakeMachine(faults);
  const lines: string[] = [];
  const report = (line: string): void => void lines.push(line);
  const result = await installOpenvino({ cache, machine, report, ...(signal && { signal }) });
  return { ...result, calls: machine.calls, lines };
}

describe("installOpenvino", () => {
  test("holds the library and the binding, listed with checksums, and nothing else", async () => {
    const cache = newCache();
    const seen: string[] = [];
    const before = async (_: number, line: string): Promise<void> => {
      const requirements = / -r (\S+)/.exec(line);
      if (requirements !== null) seen.push(await readFile(requirements[1], "utf8"));
    };
    const { folder, isNew, calls, lines } = await install(cache, { before });
    expect(isNew).toBe(true);
    expect(folder).toBe(openvinoFolder(cache));
    expect(await readdir(join(cache, "engine"))).toEqual(["openvino-2026.4.1-r1"]);
    const { kind, files } = JSON.parse(await readFile(join(folder, "manifest.json"), "utf8"));
    expect(kind).toBe("openvino");
    expect(Object.keys(files)).toEqual(["openvino.node", "openvino/libs/libopenvino.so.2641"]);
    expect(seen).toEqual([expect.stringMatching(/^openvino==2026\.4\.1 --hash=sha256:[0-9a-f]{64}\n$/)]);
    expect(await readFile(join(folder, "openvino.node"), "utf8")).toContain(" -Wl,-rpath,$ORIGIN/openvino/libs ");
    expect(calls.at(-1)).toMatch(/openvino\/smoke-test\.js /);
    expect(lines[0]).toBe("OpenVINO 2026.4.1 from PyPI: 59 MB to download");
  });

  test("does nothing where a whole one is, repairs a damaged one, and is removed with the others", async () => {
    const cache = newCache();
    const { folder } = await install(cache);
    expect(await install(cache)).toMatchObject({ folder, isNew: false, calls: [] });
    await writeFile(join(folder, "openvino.node"), "changed");
    await expect(importOpenvino(cache)).rejects.toThrow(/openvino\.node has .*; smoothcert engine install --openvino/);
    expect(await install(cache)).toMatchObject({ folder, isNew: true });
    await expect(importOpenvino(cache)).rejects.toThrow("OpenVINO does not load: ");
    expect((await removeEngines(cache)).folders).toEqual([folder]);
    expect(await importOpenvino(cache)).toBeUndefined();
  });

  test("refuses other platforms, and names the programs that are missing", async () => {
    const cache = newCache();
    await expect(install(cache, { platform: "darwin", arch: "arm64" })).rejects.toThrow(
      "engine install --openvino: works on Linux x64, this is darwin arm64",
    );
    await expect(install(cache, { missing: ["g++"] })).rejects.toThrow(
      /missing on this machine: g\+\+.*; until then certify runs on ONNX Runtime$/,
    );
    await expect(install(cache, { freeBytes: 1e8 })).rejects.toThrow("engine install: needs 0.3 GB on the disk of");
    expect(await readdir(join(cache, "engine"))).toEqual([]);
  });

  test("leaves nothing where a step fails or Ctrl-C comes", async () => {
    const cache = newCache();
    const { calls } = await install(newCache());
    for (const [last] of calls.entries()) {
      const stop = new AbortController();
      const before = (call: number): void => {
        if (call === last) stop.abort();
        if (call === last && last % 2 === 0) throw new Error("it failed");
      };
      const end = await install(cache, { before }, stop.signal).then(
        ({ isNew }) => isNew,
        (error: Error) => error,
      );
      // Whether the last program was stopped before its end is known to nobody.
      if (end !== true) expect(end instanceof InterruptedError || /failed|missing/.test(String(end))).toBe(true);
      await removeEngines(cache);
    }
    expect(await readdir(join(cache, "engine"))).toEqual([]);
  });
});
