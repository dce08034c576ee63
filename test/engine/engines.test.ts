import * as tf from "@tensorflow/tfjs-core";
import { describeEngines, type EngineChoice, type PackageImporter, useEngine } from "smoothcert";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";

const OPTIONAL: Readonly<Record<string, "gpu" | "node" | "webgpu">> = {
  "@tensorflow/tfjs-node-gpu": "gpu",
  "@tensorflow/tfjs-node": "node",
  webgpu: "webgpu",
};

/** Imports the engines that npm always installs; of the others, those in `optional`. */
function importer(optional: Partial<Record<"gpu" | "node" | "webgpu", () => unknown>>): PackageImporter {
  return async (name) => {
    const engine = OPTIONAL[name];
    if (engine === undefined) return await import(name);
    return (optional[engine] ?? (() => notInstalled(name)))();
  };
}

function notInstalled(name: string): never {
  throw Object.assign(new Error(`Cannot find package '${name}' imported from here`), { code: "ERR_MODULE_NOT_FOUND" });
}

class FakeTensorFlow extends tf.KernelBackend {
  readonly binding = { TF_Version: "2.9.1" };
  constructor(readonly isUsingGpuDevice: boolean) {
    super();
  }
  override dispose(): void {}
}

/** Does on import what tfjs-node does: registers the backend and makes it current. */
function fakeNative(hasGpu: boolean): () => unknown {
  return () => {
    tf.registerBackend("tensorflow", () => new FakeTensorFlow(hasGpu), 3);
    void tf.setBackend("tensorflow");
    return { version: { "tfjs-node": "4.22.0" } };
  };
}

/** Does on import what our loader of `webgpu` does. */
function fakeWebgpu(software: boolean): () => unknown {
  return () => {
    tf.registerBackend("webgpu", () => new FakeTensorFlow(true), 3);
    return { version: "0.6.2 (tfjs-backend-webgpu 4.22.0)", adapter: { name: "Imagined", software } };
  };
}

const none = importer({});

beforeEach(async () => {
  await useEngine("cpu", none);
});

afterEach(() => {
  for (const name of ["tensorflow", "webgpu"]) {
    if (tf.engine().registryFactory[name] !== undefined) tf.removeBackend(name);
  }
});

describe("useEngine", () => {
  test("auto falls back to wasm where no native engine is installed", async () => {
    const report = await useEngine("auto", none);
    expect(report).toEqual({
      name: "wasm",
      package: "@tensorflow/tfjs-backend-wasm",
      backend: "wasm",
      available: true,
      version: "4.22.0",
      threads: 1,
    });
    expect(tf.getBackend()).toBe("wasm");
  });

  test("auto prefers gpu to node to wasm", async () => {
    const gpu = await useEngine("auto", importer({ gpu: fakeNative(true), node: fakeNative(false) }));
    expect(gpu).toMatchObject({ name: "gpu", backend: "tensorflow", version: "4.22.0 (TensorFlow 2.9.1)" });
    expect(gpu.threads).toBeGreaterThanOrEqual(1);
    tf.removeBackend("tensorflow");
    expect(await useEngine("auto", importer({ node: fakeNative(false) }))).toMatchObject({ name: "node" });
    expect(tf.getBackend()).toBe("tensorflow");
  });

  test("auto takes webgpu before wasm on a real GPU, and never on software", async () => {
    const real = importer({ webgpu: fakeWebgpu(false) });
    expect(await useEngine("auto", real)).toMatchObject({ name: "webgpu", adapter: { name: "Imagined" } });
    tf.removeBackend("webgpu");
    const software = importer({ webgpu: fakeWebgpu(true) });
    expect(await useEngine("auto", software)).toMatchObject({ name: "wasm" });
    expect(await useEngine("webgpu", software)).toMatchObject({ name: "webgpu", adapter: { software: true } });
  });

  test("the gpu package without a GPU is no gpu engine", async () => {
    const packages = importer({ gpu: fakeNative(false) });
    expect(await useEngine("auto", packages)).toMatchObject({ name: "wasm" });
    const [gpu] = await describeEngines(packages);
    expect(gpu).toMatchObject({ name: "gpu", available: false, why: "load failed: TensorFlow found no GPU device" });
  });

  test("is idempotent", async () => {
    const first = await useEngine("wasm");
    const x = tf.tensor1d([1, 2, 3]);
    expect(await useEngine("wasm")).toEqual(first);
    expect(Array.from(x.dataSync())).toEqual([1, 2, 3]);
    x.dispose();
  });

  test("prints nothing", async () => {
    const spies = (["log", "warn", "info", "error"] as const).map((method) =>
      vi.spyOn(console, method).mockImplementation(() => {}),
    );
    for (const choice of ["cpu", "wasm"] as const) {
      await useEngine(choice, none);
      tf.tidy(() => tf.tensor1d([1]).dataSync());
    }
    for (const spy of spies) {
      expect(spy).not.toHaveBeenCalled();
      spy.mockRestore();
    }
  });

  test("an engine that is not there is refused by name, with the reason and what there is", async () => {
    await expect(useEngine("node", none)).rejects.toThrow(
      expect.objectContaining({
        name: "EngineError",
        message: "engine node is not available: not installed (smoothcert engine install). Available: wasm, cpu",
      }),
    );
    expect(tf.getBackend()).toBe("cpu");
  });

  test("where nothing loads, auto names every reason", async () => {
    const broken: PackageImporter = async (name) => {
      throw new Error(`no ${name}\nsecond line`);
    };
    await expect(useEngine("auto", broken)).rejects.toThrow(
      expect.objectContaining({
        name: "EngineError",
        message: expect.stringMatching(/gpu is not available: load failed: no .*-gpu; .*node.*; .*wasm.*; engine cpu/),
      }),
    );
  });

  test("an unknown engine is an argument error", async () => {
    await expect(useEngine("webgl" as EngineChoice)).rejects.toThrow(
      expect.objectContaining({
        name: "ArgumentError",
        message: 'useEngine: engine must be one of auto, gpu, node, webgpu, wasm, cpu, got "webgl"',
      }),
    );
  });
});

describe("describeEngines", () => {
  test("lists all engines, best first, and leaves the current one", async () => {
    const reports = await describeEngines(none);
    expect(reports.map((report) => report.name)).toEqual(["gpu", "node", "webgpu", "wasm", "cpu"]);
    expect(reports.map((report) => report.available)).toEqual([false, false, false, true, true]);
    expect(tf.getBackend()).toBe("cpu");
  });

  test("tells a missing native binding from a missing package and from another failure", async () => {
    const bindingMissing = (): never => {
      throw new Error("The Node.js native addon module (tfjs_binding.node) can not be found at path: /x. \nPlease run");
    };
    const brokenLibrary = (): never => {
      throw new Error("libtensorflow.so.2: cannot open shared object file\n  at Object.dlopen");
    };
    const [gpu, node] = await describeEngines(importer({ gpu: brokenLibrary, node: bindingMissing }));
    expect(gpu.why).toBe("load failed: libtensorflow.so.2: cannot open shared object file");
    expect(node.why).toBe(
      "native binding missing: The Node.js native addon module (tfjs_binding.node) can not be found at path: /x.",
    );
  });

  test("a package that lacks one of its own dependencies is not called missing itself", async () => {
    const [, node] = await describeEngines(importer({ node: () => notInstalled("@mapbox/node-pre-gyp") }));
    expect(node.why).toBe("load failed: Cannot find package '@mapbox/node-pre-gyp' imported from here");
  });

  test("asks the installed packages unless told otherwise", async () => {
    const reports = await describeEngines();
    for (const report of reports) expect(report.available || report.why !== undefined).toBe(true);
    expect(reports[3]).toMatchObject({ name: "wasm", available: true });
  });
});
