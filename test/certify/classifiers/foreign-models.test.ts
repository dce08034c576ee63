import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { FileError, type ImageShape, loadDataset, smoothingFor } from "smoothcert";
import { type OnnxClassifierOptions, onnxClassifier, SmoothedClassifier } from "smoothcert/certify";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../../data/support.js";
import { linearOnnx } from "./onnx-file.js";
import { DIGIT_TABLE, DIGITS, IRIS, labelsOf, load, model, pythonLabels, shared } from "./own-models.js";

const folder = temporaryFolder();

type Options = Partial<OnnxClassifierOptions>;

async function opened(path: string, spec: string, options: Options = {}) {
  const dataset = await load(spec);
  const classes = options.binary === undefined ? { classes: dataset.classes.length } : {};
  const base = await onnxClassifier(path, { imageShape: dataset.shape, threads: 1, ...classes, ...options });
  return { base, dataset };
}

describe("models as people have them get the labels that Python's onnxruntime gives", () => {
  it.each<[string, string, Options]>([
    ["scores_4d", DIGITS, {}],
    ["two_fit", DIGITS, { output: "probabilities" }],
    ["no_zipmap", DIGIT_TABLE, {}],
    ["iris", IRIS, {}],
    ["logit_4d", DIGITS, { binary: "logit" }],
    ["probability_1d", DIGITS, { binary: "probability" }],
    ["flat_1x64", DIGITS, {}],
    ["flat_64x1x1", DIGITS, {}],
    ["flat_1_64x1", DIGITS, {}],
    ["baked_4", DIGITS, {}],
    ["baked_3", DIGITS, {}],
    ["baked_3", DIGITS, { batchSize: 3 }],
    ["half_to_float", DIGITS, {}],
    ["double", DIGITS, {}],
    ["bytes_flat", DIGITS, {}],
    ["twelve", DIGITS, {}],
    ["five", DIGITS, {}],
  ])("%s", async (name, spec, options) => {
    const { base, dataset } = await opened(model(name), spec, options);
    const expected = pythonLabels(name);
    expect(await labelsOf(base, dataset, expected.length)).toEqual(expected);
    expect(new Set(expected).size).toBeGreaterThan(1);
  });

  it.each<[string, string, Options]>([
    ["scores-not-first-output/two_out_rev", "mnist", {}],
    ["scores-not-first-output/skl_lr", DIGIT_TABLE, {}],
    ["one-logit/binary1", "mnist", { binary: "probability" }],
    ["input-shape-flat/flat784x1", "mnist", {}],
    ["baked-batch/baked1", "mnist", {}],
    ["dtype/half", "mnist", {}],
    ["dtype/uint8_nhwc", "mnist", {}],
    ["predict-needs-data/plain", "mnist", {}],
  ])("%s", async (name, spec, options) => {
    const { base, dataset } = await opened(shared(name), spec, options);
    expect(await labelsOf(base, dataset, 100)).toEqual(pythonLabels(`../${name}`));
  });

  it("and the same votes in threads as on this one, whatever the batch", async () => {
    for (const [name, options] of [
      ["baked_4", {}],
      ["half_to_float", {}],
      ["bytes_flat", {}],
      ["probability_1d", { binary: "probability" }],
      ["two_fit", { output: "logits" }],
    ] as const) {
      const { base, dataset } = await opened(model(name), DIGITS, options);
      const { pixels } = dataset.example(3);
      const votes = async (classifier: typeof base): Promise<Uint32Array> => {
        const smoothed = new SmoothedClassifier(classifier, smoothingFor("gaussian", "bytes", 0.5), 7);
        return (await smoothed.predict(pixels, 3, 203, 0.01)).counts;
      };
      const inThreads = await votes(base);
      const { labeler: _, ...here } = base;
      expect(await votes(here)).toEqual(inThreads);
      const { base: other } = await opened(model(name), DIGITS, { ...options, batchSize: 7 });
      expect(await votes(other)).toEqual(inThreads);
      await Promise.all([base.close?.(), other.close?.()]);
    }
  });
});

describe("the hash of a model", () => {
  it("is what it was where nothing is chosen, also where the first output is named", async () => {
    const { base } = await opened(model("scores_4d"), DIGITS);
    expect((await opened(model("scores_4d"), DIGITS, { output: "scores" })).base.hash).toBe(base.hash);
    const feed = JSON.stringify({ layout: "nchw", scale: 1, mean: [0], std: [1] });
    const file = readFileSync(model("scores_4d"));
    expect(base.hash).toBe(createHash("sha256").update(file).update(feed).digest("hex"));
  });

  it("differs with the output read and the kind of one score", async () => {
    const hash = async (name: string, options: Options): Promise<string> =>
      (await opened(model(name), DIGITS, options)).base.hash;
    expect(await hash("two_fit", { output: "logits" })).not.toBe(await hash("two_fit", { output: "probabilities" }));
    expect(await hash("logit_4d", { binary: "logit" })).not.toBe(await hash("logit_4d", { binary: "probability" }));
    const chosen = await opened(shared("scores-not-first-output/two_out_rev"), "mnist");
    const named = await opened(shared("scores-not-first-output/two_out_rev"), "mnist", { output: "logits" });
    expect(named.base.hash).toBe(chosen.base.hash);
  });
});

describe("what the person should know", () => {
  it.each<[string, Options, (string | undefined)[]]>([
    ["bytes_flat", {}, ["rounded and clipped to 0..255"]],
    ["baked_4", {}, ["takes batches of 4 only"]],
    ["baked_3", { batchSize: 3 }, ["takes batches of 3 only"]],
    ["double", {}, []],
    ["flat_1_64x1", {}, []],
  ])("of %s", async (name, options, notes) => {
    const { base } = await opened(model(name), DIGITS, options);
    expect(base.notes).toEqual(notes.map((note) => expect.stringContaining(note!)));
  });

  it("of a model that takes one image at a time", async () => {
    const { base } = await opened(shared("baked-batch/baked1"), "mnist");
    expect([base.notes, base.batchSize]).toEqual([[expect.stringContaining("takes one image at a time")], 1]);
  });
});

describe("what can't be read is refused, with what to do", () => {
  it.each<[string, string, Options, string[]]>([
    [
      "two_fit",
      DIGITS,
      {},
      ["found several", "'logits' float32 [batch, 10], 'probabilities' float32 [batch, 10]", "--output NAME"],
    ],
    ["two_fit", DIGITS, { output: "scores" }, ["has no output 'scores'", "'logits'"]],
    ["zipmap", DIGIT_TABLE, {}, ["'output_label' int64 [batch]", "ZipMap", 'options={id(model): {"zipmap": False}}']],
    ["zipmap", DIGIT_TABLE, { output: "output_label" }, ["expected an output of float scores", "found none"]],
    ["logit_4d", DIGITS, {}, ["'logit' float32 [batch, 1, 1, 1]", "--binary logit (class 1 where it is above 0)"]],
    [
      "probability_1d",
      DIGITS,
      {},
      ["'probability' float32 [batch]", "--binary probability (class 1 where it is above"],
    ],
    ["scores_4d", DIGITS, { binary: "logit" }, ["[batch, 1] for --binary, found none", "'scores' float32"]],
    ["int32", DIGITS, {}, ["float32, float16, float64, uint8, found int32 for 'x'", "Cast"]],
    ["baked_hidden", DIGITS, {}, ["takes x [1, 1, 8, 8]", "--batch-size"]],
    ["iris", DIGITS, {}, ["'X' to take images of 8x8x1 as [N, 1, 8, 8]", "found [", "flattened, [N, 64] would do too"]],
    ["scores_4d", IRIS, {}, ["vectors of 4 numbers as [N, 4], found [N, 1, 8, 8]"]],
  ])("%s", async (name, spec, options, parts) => {
    const error: unknown = await opened(model(name), spec, options).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(FileError);
    const { message } = error as Error;
    expect(message.startsWith(`${model(name)}: `)).toBe(true);
    for (const part of parts) expect(message).toContain(part);
    expect(message).not.toContain("\n");
  });

  it("an input that is flattened in one layout or the other, with ones between", async () => {
    const imageShape: ImageShape = [2, 3, 2];
    const weights = [Array(12).fill(1), Array(12).fill(2)];
    for (const input of [
      ["N", 12, 1],
      ["N", 1, 12],
      ["N", 1, 1, 12],
    ]) {
      const path = join(folder.path, `${input.join("x")}.onnx`);
      await writeFile(path, linearOnnx({ weights, bias: [0, 0], input }));
      await expect(onnxClassifier(path, { imageShape })).rejects.toThrow("in both layouts; say --layout nchw or");
      const base = await onnxClassifier(path, { imageShape, layout: "nhwc" });
      expect(base.classes).toBe(2);
    }
  });
});

describe("bytes", () => {
  it("are noisy pixels rounded to the nearest, ties to even, and clipped", async () => {
    const { base } = await opened(model("bytes_flat"), DIGITS);
    const plain = await loadDataset(DIGITS, "test");
    const clean = await labelsOf(base, plain, 100);
    const shifted = new Float32Array(100 * 64);
    for (let i = 0; i < 100; i++) {
      plain.example(i).pixels.forEach((level, j) => {
        // Black and white may lie far outside, other levels up to 0.49 of a level off: the bytes are the same.
        const off = level === 0 ? -300 : level === 255 ? 300 : j % 2 ? 0.49 : -0.49;
        shifted[i * 64 + j] = (level + off) / 255;
      });
    }
    const labels = new Int32Array(100);
    await base.classify(shifted, 100, labels);
    expect([...labels]).toEqual(clean);
  });
});
