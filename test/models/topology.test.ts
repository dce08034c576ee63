import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { loadModel, useEngine } from "smoothcert";
import { afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";

const CASES = fileURLToPath(new URL("../fixtures/cases/tfjs/", import.meta.url));

let folder: string;
beforeAll(() => useEngine("cpu"));
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "smoothcert-"));
});
afterEach(() => rm(folder, { recursive: true }));

type Inbound = [string, number, number, object?];

/** A layer of a graph. */
function layer(name: string, kind: string, config: object, ...calls: Inbound[][]) {
  return { name, class_name: kind, config: { name, ...config }, inbound_nodes: calls };
}

const PIXELS = layer("pixels", "InputLayer", { batch_input_shape: [null, 4, 4, 1], dtype: "float32" });
const FLATTEN = layer("flatten", "Flatten", {}, [["pixels", 0, 0, {}]]);
const LOGITS = layer("logits", "Dense", { units: 2 }, [["flatten", 0, 0, {}]]);
const KERNEL = { name: "logits/kernel", shape: [16, 2], dtype: "float32" };
const BIAS = { name: "logits/bias", shape: [2], dtype: "float32" };
const LAYERS: object[] = [PIXELS, FLATTEN, LOGITS];

interface Parts {
  layers?: object[];
  config?: object;
  topology?: object;
  manifest?: unknown;
  bytes?: number;
}

/** Writes a model of three layers, with some parts replaced, and returns its folder. */
async function model({ layers = LAYERS, config, topology, manifest, bytes = 136 }: Parts = {}): Promise<string> {
  const graph = { name: "m", layers, input_layers: [["pixels", 0, 0]], output_layers: [["logits", 0, 0]], ...config };
  const whole = {
    modelTopology: topology ?? { class_name: "Functional", config: graph },
    weightsManifest: manifest ?? [{ paths: ["w.bin"], weights: [KERNEL, BIAS] }],
  };
  await writeFile(join(folder, "model.json"), JSON.stringify(whole));
  await writeFile(join(folder, "w.bin"), new Uint8Array(bytes));
  return folder;
}

async function expectRefusal(parts: Parts, problem: string): Promise<void> {
  const path = join(await model(parts), "model.json");
  await expect(loadModel(folder)).rejects.toMatchObject({
    name: "FileError",
    path,
    message: expect.stringContaining(`${path}: ${problem}`),
  });
}

describe("the cases that failed", () => {
  test.each([
    ["e1", 'weightsManifest.0.paths.0: must name a file in the folder of the model, got "../../../../../etc/passwd"'],
    ["e6", "weightsManifest.0.paths.0: Invalid input: expected string, received null"],
    ["e7", "weightsManifest.0.paths: Invalid input: expected array, received string"],
    ["s7", "weightsManifest.0: Invalid input: expected object, received null"],
    ["hang-inbound-name", "modelTopology.config.layers.2.inbound_nodes.0.0: must name one of the layers, got "],
  ])("%s is refused at once, naming file and field", async (name, problem) => {
    const path = join(CASES, name, "model.json");
    await expect(loadModel(join(CASES, name))).rejects.toMatchObject({
      name: "FileError",
      path,
      message: expect.stringContaining(`${path}: ${problem}`),
    });
  });
});

describe("a topology", () => {
  test("that is whole loads", async () => {
    expect((await loadModel(await model())).metadata.inputShape).toEqual([4, 4, 1]);
  });

  test.each<[string, object[], string]>([
    [
      "a call that isn't there",
      [PIXELS, FLATTEN, layer("logits", "Dense", { units: 2 }, [["flatten", 1, 0]])],
      'modelTopology.config.layers.2.inbound_nodes.0.0: must be a call in [0, 0] of the layer "flatten", got 1',
    ],
    [
      "a negative call",
      [PIXELS, FLATTEN, layer("logits", "Dense", { units: 2 }, [["flatten", -1, 0]])],
      "modelTopology.config.layers.2.inbound_nodes.0.0.1: ",
    ],
    [
      "a layer that takes its own output",
      [PIXELS, FLATTEN, layer("logits", "Dense", { units: 2 }, [["logits", 0, 0]])],
      'modelTopology.config.layers: must be a graph without circles, but "logits" waits for',
    ],
    [
      "a circle of two",
      [PIXELS, layer("flatten", "Flatten", {}, [["logits", 0, 0]]), LOGITS],
      "modelTopology.config.layers: must be a graph without circles",
    ],
    [
      "a name twice",
      [PIXELS, FLATTEN, FLATTEN, LOGITS],
      'modelTopology.config.layers.2.name: must differ from the others, got "flatten"',
    ],
    [
      "a name of every object",
      [PIXELS, layer("constructor", "Flatten", {}, [["pixels", 0, 0]]), LOGITS],
      'modelTopology.config.layers.1.name: must be another name than "constructor"',
    ],
    [
      "another name in its configuration",
      [PIXELS, { ...FLATTEN, config: { name: "x" } }, LOGITS],
      "modelTopology.config.layers.1.config.name: must be the layer's name",
    ],
    ["no layers", [], "modelTopology.config.layers: "],
    [
      "null for a layer",
      [PIXELS, null as unknown as object],
      "modelTopology.config.layers.1: Invalid input: expected object, received null",
    ],
    [
      "a class that is none",
      [PIXELS, { ...FLATTEN, class_name: "__proto__" }, LOGITS],
      "modelTopology.config.layers.1.class_name: must be the name of a class",
    ],
    [
      "dropout that stays on",
      [PIXELS, FLATTEN, layer("logits", "Dense", { units: 2 }, [["flatten", 0, 0, { training: true }]])],
      "modelTopology.config.layers.2.inbound_nodes.0.0.3.training: ",
    ],
    [
      "a memory of images before",
      [PIXELS, FLATTEN, layer("logits", "Dense", { units: 2, stateful: true }, [["flatten", 0, 0]])],
      "modelTopology.config.layers.2.config.stateful: must not be true",
    ],
    [
      "another spelling that TensorFlow.js reads, too",
      [PIXELS, { ...FLATTEN, inboundNodes: [[["x", 0, 0]]] }, LOGITS],
      'modelTopology.config.layers.1: expected the key inbound_nodes, found "inboundNodes"',
    ],
    [
      "more units than weights",
      [PIXELS, FLATTEN, layer("logits", "Dense", { units: 1e9 }, [["flatten", 0, 0]])],
      "TensorFlow.js cannot rebuild the model: the layer logits asks for weights kernel [16,1000000000], more than ",
    ],
    [
      "an output larger than memory",
      [PIXELS, layer("flatten", "ZeroPadding2D", { padding: 1e6 }, [["pixels", 0, 0]]), LOGITS],
      "TensorFlow.js cannot rebuild the model: ",
    ],
  ])("with %s is refused", (_, layers, problem) => expectRefusal({ layers }, problem));

  test("whose layers make more of an image than there is room for is refused", async () => {
    const padded = layer("padded", "ZeroPadding2D", { padding: 10_000 }, [["pixels", 0, 0]]);
    const pooled = layer("pooled", "GlobalAveragePooling2D", {}, [["padded", 0, 0]]);
    const logits = layer("logits", "Dense", { units: 2 }, [["pooled", 0, 0]]);
    const manifest = [{ paths: ["w.bin"], weights: [{ ...KERNEL, shape: [1, 2] }, BIAS] }];
    await expectRefusal(
      { layers: [PIXELS, padded, pooled, logits], manifest, bytes: 16 },
      "the output of the layer padded must be sides of at least 1, with at most 67108864 numbers of an image",
    );
  });

  test("is checked in models among its layers, too", async () => {
    const inner = {
      name: "inner",
      layers: [PIXELS, layer("f", "Flatten", {}, [["nowhere", 0, 0]])],
      input_layers: [["pixels", 0, 0]],
      output_layers: [["f", 0, 0]],
    };
    const flatten = layer("flatten", "Functional", { ...inner, name: "flatten" }, [["pixels", 0, 0]]);
    await expectRefusal(
      { layers: [PIXELS, flatten, LOGITS] },
      'modelTopology.config.layers.1.config.layers.1.inbound_nodes.0.0: must name one of the layers, got "nowhere"',
    );
  });

  test.each<[string, object, string]>([
    ["a layer alone", { class_name: "Dense", config: {} }, "modelTopology.class_name: "],
    ["a configuration of null", { class_name: "Model", config: null }, "modelTopology.config: "],
    ["a stack without layers", { class_name: "Sequential", config: {} }, "modelTopology.config.layers: "],
    ["an empty model_config", { model_config: "x" }, "modelTopology.model_config: "],
  ])("of %s is refused", (_, topology, problem) => expectRefusal({ topology }, problem));

  test("of more layers than TensorFlow.js can follow, or in an order that takes it hours, is refused", async () => {
    const chain = (count: number): object[] =>
      Array.from({ length: count }, (_, i) => layer(`l${i}`, "ReLU", {}, [[i === 0 ? "pixels" : `l${i - 1}`, 0, 0]]));
    await expectRefusal(
      { layers: [PIXELS, ...chain(2000), FLATTEN, LOGITS] },
      "modelTopology: must have at most 2000 layers, got 2003",
    );
    await expectRefusal(
      { layers: [PIXELS, ...chain(1900).reverse(), FLATTEN, LOGITS] },
      "modelTopology.config.layers: must be listed in the order in which they are computed",
    );
  });

  test.each([
    ["arrays", "[", "]"],
    ["objects", '{"a":', "}"],
  ])("nested deep in %s is refused before it is parsed", async (_, open, close) => {
    await writeFile(join(folder, "model.json"), `${open.repeat(200_000)}1${close.repeat(200_000)}`);
    await expect(loadModel(folder)).rejects.toThrow("model.json: expected JSON of at most 100 levels, found");
  });

  test("with brackets within strings loads: they are no nesting", async () => {
    await expect(loadModel(await model({ config: { note: `${"[".repeat(500)}"\\{` } }))).resolves.toBeDefined();
  });
});

describe("a weightsManifest", () => {
  const group = (paths: unknown, weights: unknown = [KERNEL, BIAS]) => ({ manifest: [{ paths, weights }] });

  test.each<[string, Parts, string]>([
    [
      "that leads out of the folder",
      group(["../w.bin"]),
      'weightsManifest.0.paths.0: must name a file in the folder of the model, got "../w.bin"',
    ],
    [
      "with an absolute path",
      group(["/dev/zero"]),
      'weightsManifest.0.paths.0: must name a file in the folder of the model, got "/dev/zero"',
    ],
    ["that names the folder itself", group(["."]), "weightsManifest.0.paths.0: must name a file in the folder"],
    ["with a file twice", group(["w.bin", "w.bin"]), "weightsManifest: must name each file once"],
    ["with a weight twice", group(["w.bin"], [KERNEL, KERNEL]), "weightsManifest: must name each weight once"],
    [
      "with a negative side",
      group(["w.bin"], [{ ...KERNEL, shape: [-16, 2] }, BIAS]),
      "weightsManifest.0.weights.0.shape.0: ",
    ],
    [
      "with a side of half a number",
      group(["w.bin"], [{ ...KERNEL, shape: [1.5, 2] }, BIAS]),
      "weightsManifest.0.weights.0.shape.0: ",
    ],
    [
      "with a type of no fixed size",
      group(["w.bin"], [{ ...KERNEL, dtype: "string" }, BIAS]),
      "weightsManifest.0.weights.0.dtype: ",
    ],
    [
      "quantized without a scale",
      group(["w.bin"], [{ ...KERNEL, quantization: { dtype: "uint8" } }, BIAS]),
      "weightsManifest.0.weights.0.quantization.min: ",
    ],
    [
      "quantized to what is no type",
      group(["w.bin"], [{ ...KERNEL, quantization: { dtype: "int3" } }, BIAS]),
      "weightsManifest.0.weights.0.quantization.dtype: ",
    ],
    [
      "with more bytes than can be",
      group(["w.bin"], [{ ...KERNEL, shape: [1e6, 1e6] }, BIAS]),
      "weightsManifest: must describe at most 2 GiB of weights, got 4000000000008 bytes",
    ],
    [
      "with a weight that no layer has",
      group(["w.bin"], [KERNEL, BIAS, { ...BIAS, name: "x" }]),
      "TensorFlow.js cannot rebuild the model: Provided weight data has no target variable: x",
    ],
  ])("%s is refused", async (_, parts, problem) => {
    await expectRefusal({ ...parts, bytes: problem.includes("target variable") ? 144 : 136 }, problem);
  });

  test("whose file is a link out of the folder is refused, one within it is followed", async () => {
    await mkdir(join(folder, "inner"));
    const outside = join(folder, "outside.bin");
    await writeFile(outside, new Uint8Array(136));
    const inner = join(folder, "inner");
    await model();
    await writeFile(join(inner, "model.json"), await readFile(join(folder, "model.json")));
    await symlink(outside, join(inner, "w.bin"));
    await expect(loadModel(inner)).rejects.toThrow('got "w.bin", a link that leads out of it');
    await rm(join(inner, "w.bin"));
    await writeFile(join(inner, "real.bin"), new Uint8Array(136));
    await symlink("real.bin", join(inner, "w.bin"));
    await expect(loadModel(inner)).resolves.toBeDefined();
  });

  test("whose sizes are wrong is refused before a byte is read", async () => {
    const path = join(await model({ bytes: 137 }), "w.bin");
    await expect(loadModel(folder)).rejects.toMatchObject({ name: "FileError", path });
    await expect(loadModel(folder)).rejects.toThrow("expected 136 bytes of weights, found 137");
  });
});
