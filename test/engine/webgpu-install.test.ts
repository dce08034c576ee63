import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { installWebgpu, type Machine, type Runner } from "smoothcert";
import { afterAll, describe, expect, test } from "vitest";
import { importWebgpu } from "../../src/engine/webgpu/installation.js";
import { BACKEND, DAWN } from "../../src/engine/webgpu/versions.js";

const BUILDS = ["darwin-universal", "linux-x64", "win32-x64"];
const BUNDLE = "tf-backend-webgpu.node.js";
const root = await mkdtemp(join(tmpdir(), "smoothcert-webgpu-"));
let caches = 0;

afterAll(() => rm(root, { recursive: true }));

/** A machine whose npm hands out packages with the files that matter, which fail when they are loaded. */
function machine(platform = "linux", arch = "x64", integrity?: string): Machine & { readonly calls: string[] } {
  const calls: string[] = [];
  const run: Runner = async (command, args, { cwd } = {}) => {
    calls.push([command, ...args].join(" "));
    if (command === "npm") {
      const wanted = [DAWN, BACKEND].find(({ name, version }) => args[1] === `${name}@${version}`)!;
      await writeFile(join(cwd!, "package.tgz"), "");
      return JSON.stringify([{ filename: "package.tgz", integrity: integrity ?? wanted.integrity }]);
    }
    const target = join(cwd!, args[args.indexOf("-C") + 1]);
    const files =
      target.endsWith("webgpu") && !target.includes("backend") ? BUILDS.map(dawn) : [BUNDLE, `${BUNDLE}.map`];
    for (const path of ["package.json", "index.js", ...files.map((file) => `dist/${file}`)]) {
      await mkdir(dirname(join(target, path)), { recursive: true });
      await writeFile(
        join(target, path),
        path === "package.json" ? '{"type":"module"}' : 'throw new Error("no driver")',
      );
    }
    return "";
  };
  return { run, calls, platform, arch, freeBytes: async () => 1e12 };
}

function dawn(build: string): string {
  return `${build}/dawn.node`;
}

function newCache(): string {
  return join(root, String(caches++));
}

describe("installWebgpu", () => {
  test.each([
    ["linux", "x64", "linux-x64"],
    ["darwin", "arm64", "darwin-universal"],
    ["win32", "x64", "win32-x64"],
  ])("keeps what %s %s needs, and why it does not run yet", async (platform, arch, build) => {
    const { folder, isNew, adapter } = await installWebgpu({ cache: newCache(), machine: machine(platform, arch) });
    expect(isNew).toBe(true);
    expect(adapter).toMatch(/^the process that asked for the GPU failed \(exit code 1\): Error: no driver$/);
    expect(await readdir(join(folder, "node_modules/webgpu/dist"))).toEqual([build]);
    expect(await readdir(join(folder, "node_modules/@tensorflow/tfjs-backend-webgpu/dist"))).toEqual([BUNDLE]);
  });

  test("does nothing where a whole one is, and repairs a damaged one", async () => {
    const options = { cache: newCache(), machine: machine() };
    const { folder } = await installWebgpu(options);
    const { length } = options.machine.calls;
    expect(await installWebgpu(options)).toMatchObject({ folder, isNew: false });
    expect(options.machine.calls).toHaveLength(length);
    await writeFile(join(folder, "node_modules/webgpu/index.js"), "changed");
    await expect(importWebgpu(options.cache)).rejects.toThrow(/index.js has .*; smoothcert engine install --webgpu/);
    expect(await installWebgpu(options)).toMatchObject({ folder, isNew: true });
  });

  test("refuses other packages than those pinned, and platforms without a build, and leaves nothing", async () => {
    const cache = newCache();
    const other = installWebgpu({ cache, machine: machine("linux", "x64", "sha512-other") });
    await expect(other).rejects.toThrow("the npm registry sent another webgpu 0.6.2 than the one pinned");
    const rare = installWebgpu({ cache, machine: machine("linux", "riscv64") });
    await expect(rare).rejects.toThrow("engine install: webgpu 0.6.2 has no build for this platform (linux-riscv64)");
    expect(await readdir(join(cache, "engine"))).toEqual([]);
  });
});
