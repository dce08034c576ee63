import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";
import { buildModel, loadModel, type ModelMetadata, saveModel, useEngine } from "smoothcert";
import { afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";

let folder: string;

beforeAll(async () => {
  await useEngine("wasm");
});

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "smoothcert-"));
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

const preprocessing = { mean: [0.5], std: [0.25] };

function lenet(seed = 1): tfl.LayersModel {
  return buildModel("lenet", { inputShape: [16, 16, 1], classes: 3, seed, preprocessing });
}

const metadata: ModelMetadata = {
  formatVersion: 1,
  architecture: "lenet",
  inputShape: [16, 16, 1],
  classes: ["cat", "dog", "owl"],
  preprocessing,
  training: {
    sigma: 0.5,
    objective: "maxup",
    copies: 4,
    data: { name: "mnist", hash: "00ff" },
    epochs: 2,
    note: "mine",
  },
  smoothcertVersion: "0.1.0",
};

function logits(model: tfl.LayersModel): Float32Array {
  const x = tf.tensor(
    Float32Array.from({ length: 512 }, (_, i) => Math.sin(i) ** 2),
    [2, 16, 16, 1],
  );
  return tf.tidy(() => (model.predict(x) as tf.Tensor).dataSync() as Float32Array);
}

async function edit(file: string, change: (content: Record<string, unknown>) => void): Promise<void> {
  const content = JSON.parse(await readFile(join(folder, file), "utf8"));
  change(content);
  await writeFile(join(folder, file), JSON.stringify(content));
}

describe("saveModel and loadModel", () => {
  test("a saved model comes back with the same logits, record and hash", async () => {
    const model = lenet();
    const hash = await saveModel(model, metadata, folder);
    expect((await readdir(folder)).sort()).toEqual(["model.json", "smoothcert.json", "weights.bin"]);
    const loaded = await loadModel(folder);
    expect(loaded.metadata).toEqual(metadata);
    expect(loaded.hash).toBe(hash);
    expect(logits(loaded.model)).toEqual(logits(model));
    expect(loaded.model.trainableWeights.length).toBe(model.trainableWeights.length);
  });

  test("saving again writes over the old model, and leaves other files alone", async () => {
    await writeFile(join(folder, "history.jsonl"), "{}\n");
    const old = await saveModel(lenet(1), metadata, folder);
    const hash = await saveModel(lenet(2), metadata, folder);
    expect(hash).not.toBe(old);
    expect((await loadModel(folder)).hash).toBe(hash);
    expect(await readdir(folder)).toContain("history.jsonl");
  });

  test("the hash is a function of architecture and weights alone", async () => {
    const first = await saveModel(lenet(), metadata, join(folder, "a"));
    const again = await saveModel(lenet(), { ...metadata, classes: ["x", "y", "z"] }, join(folder, "b"));
    expect(again).toBe(first);
    const loaded = await loadModel(join(folder, "a"));
    expect(await saveModel(loaded.model, metadata, join(folder, "c"))).toBe(first);
  });

  test("a run folder and a model.json are found, too", async () => {
    const hash = await saveModel(lenet(), metadata, join(folder, "model"));
    expect((await loadModel(folder)).hash).toBe(hash);
    expect((await loadModel(join(folder, "model", "model.json"))).hash).toBe(hash);
  });

  test("a foreign model with sharded weights and softmax loads; its record is inferred", async () => {
    const foreign = tfl.sequential();
    foreign.add(tfl.layers.flatten({ inputShape: [16, 16, 1] }));
    foreign.add(tfl.layers.dense({ units: 5, activation: "softmax" }));
    await saveModel(foreign, metadata, folder);
    const bytes = await readFile(join(folder, "weights.bin"));
    await rm(join(folder, "weights.bin"));
    await rm(join(folder, "smoothcert.json"));
    await writeFile(join(folder, "group1-shard1of2.bin"), bytes.subarray(0, 999));
    await writeFile(join(folder, "group1-shard2of2.bin"), bytes.subarray(999));
    await edit("model.json", (content) => {
      const [group] = content.weightsManifest as { paths: string[] }[];
      group.paths = ["group1-shard1of2.bin", "group1-shard2of2.bin"];
    });
    const loaded = await loadModel(folder);
    expect(loaded.metadata).toEqual({
      formatVersion: 1,
      architecture: "foreign",
      inputShape: [16, 16, 1],
      classes: ["0", "1", "2", "3", "4"],
    });
    expect(logits(loaded.model)).toEqual(logits(foreign));
  });
});

describe("loadModel refuses", () => {
  async function expectRefusal(path: string, file: string, problem: RegExp | string): Promise<void> {
    const message = typeof problem === "string" ? expect.stringContaining(problem) : expect.stringMatching(problem);
    await expect(loadModel(path)).rejects.toThrow(expect.objectContaining({ name: "FileError", path: file, message }));
  }

  test("a path that is not there", async () => {
    const path = join(folder, "nowhere");
    await expectRefusal(path, path, `${path}: no such file or folder; expected a model.json or its folder`);
  });

  test("a folder without a model", async () => {
    await expectRefusal(folder, folder, "holds no model: expected model.json or model/model.json in it");
  });

  test("malformed JSON", async () => {
    await writeFile(join(folder, "model.json"), '{"modelTopology": ');
    await expectRefusal(folder, join(folder, "model.json"), "malformed JSON: ");
    await writeFile(join(folder, "model.json"), "7");
    await expectRefusal(folder, join(folder, "model.json"), "expected a JSON object, found 7");
  });

  test("JSON that is no model, and a graph model", async () => {
    await writeFile(join(folder, "model.json"), '{"nodes": [], "edges": []}');
    await expectRefusal(folder, join(folder, "model.json"), "found keys: nodes, edges");
    await writeFile(join(folder, "model.json"), '{"format": "graph-model"}');
    await expectRefusal(folder, join(folder, "model.json"), "is a TensorFlow.js graph model; expected a layers model");
  });

  test("truncated and missing weights", async () => {
    await saveModel(lenet(), metadata, folder);
    const weights = join(folder, "weights.bin");
    const bytes = await readFile(weights);
    await writeFile(weights, bytes.subarray(0, 1000));
    await expectRefusal(
      folder,
      weights,
      `expected ${bytes.length} bytes of weights, found 1000. The file is truncated`,
    );
    await rm(weights);
    await expectRefusal(folder, weights, "expected weights, found nothing of that name");
  });

  test("weights of another save than the record, as a save cut short leaves them", async () => {
    await saveModel(lenet(1), metadata, folder);
    const old = await readFile(join(folder, "smoothcert.json"));
    await saveModel(lenet(2), metadata, folder);
    await writeFile(join(folder, "smoothcert.json"), old);
    await expectRefusal(
      folder,
      join(folder, "smoothcert.json"),
      /describes a model with hash "\w{64}", but .* cut short/,
    );
  });

  test("a record that breaks its schema, or describes another shape", async () => {
    await saveModel(lenet(), metadata, folder);
    await edit("smoothcert.json", (record) => {
      record.training = { sigma: -1 };
    });
    await expectRefusal(folder, join(folder, "smoothcert.json"), "training.sigma: ");
    await saveModel(lenet(), { ...metadata, classes: ["a", "b"] }, folder);
    const problem = "says images 16x16x1 and 2 classes, but the model has 16x16x1 and 3 classes";
    await expectRefusal(folder, join(folder, "smoothcert.json"), problem);
  });

  test("a layer that TensorFlow.js does not know", async () => {
    await saveModel(lenet(), metadata, folder);
    await rm(join(folder, "smoothcert.json"));
    const text = await readFile(join(folder, "model.json"), "utf8");
    await writeFile(join(folder, "model.json"), text.replace('"Flatten"', '"Flatter"'));
    await expectRefusal(folder, join(folder, "model.json"), /TensorFlow.js cannot rebuild the model: .*Flatter/);
  });

  test("models that are no classifiers of images", async () => {
    const vector = tfl.input({ shape: [8] });
    const image = tfl.input({ shape: [4, 4, 1] });
    const other = tfl.input({ shape: [4, 4, 1] });
    const flat = (x: tfl.SymbolicTensor): tfl.SymbolicTensor => tfl.layers.flatten().apply(x) as tfl.SymbolicTensor;
    const both = tfl.layers.add().apply([image, other]) as tfl.SymbolicTensor;
    const cases: [string, tfl.SymbolicTensor[], tfl.SymbolicTensor[], string][] = [
      [
        "vector",
        [vector],
        [tfl.layers.dense({ units: 2 }).apply(vector) as tfl.SymbolicTensor],
        "input must be images",
      ],
      ["two", [image, other], [flat(both)], "inputs must be one input, got ["],
      ["heads", [image], [flat(image), flat(image)], "outputs must be one output, got ["],
      ["map", [image], [tfl.layers.reLU().apply(image) as tfl.SymbolicTensor], "output must be [null, classes]"],
    ];
    for (const [name, inputs, outputs, problem] of cases) {
      const directory = join(folder, name);
      await mkdir(directory);
      await saveModel(tfl.model({ inputs, outputs }), metadata, directory);
      await rm(join(directory, "smoothcert.json"));
      await expectRefusal(directory, join(directory, "model.json"), problem);
    }
  });
});
