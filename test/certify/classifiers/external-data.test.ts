import { createHash } from "node:crypto";
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FileError, gaussianNoise } from "smoothcert";
import { type BaseClassifier, onnxClassifier, Sampler } from "smoothcert/certify";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { EXTERNAL, type OnnxTensor } from "../../../src/models/onnx/messages.js";
import { floats, node, onnxModel } from "../../models/onnx-graphs.js";

const CASE = join(import.meta.dirname, "../../fixtures/cases/external-data-hash");
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "smoothcert-external-"));
});
afterAll(() => rm(folder, { recursive: true }));

let folders = 0;
async function emptyFolder(): Promise<string> {
  const path = join(folder, String(folders++));
  await mkdir(path);
  return path;
}

/** The tensor, its values in another file. */
function away({ rawData, ...tensor }: OnnxTensor, location: string | undefined, offset = 0): OnnxTensor {
  const entries = { location, offset: String(offset), length: String(rawData!.length) };
  const externalData = Object.entries(entries).flatMap(([key, value]) => (value === undefined ? [] : [{ key, value }]));
  return { ...tensor, dataLocation: EXTERNAL, externalData };
}

const WEIGHTS = floats("W", [4, 3]);
const BIAS = floats("b", [3]);
const scores = [node("MatMul", ["x", "W"], ["p"]), node("Add", ["p", "b"], ["y"])];

/** A linear model of four pixels whose weights lie in `weights` and whose bias, in a Constant node, in `bias`. */
function linear(weights: string | undefined, bias: string): Uint8Array {
  const constant = node("Constant", [], ["b"], { value: { tensor: away({ ...BIAS, name: "" }, bias) } });
  return onnxModel({ opset: 17, input: ["N", 4], nodes: [constant, ...scores], constants: [away(WEIGHTS, weights)] });
}

async function saved(model: Uint8Array, files: Record<string, Uint8Array>): Promise<string> {
  const path = join(await emptyFolder(), "model.onnx");
  await writeFile(path, model);
  for (const [name, bytes] of Object.entries(files)) await writeFile(join(path, "..", name), bytes);
  return path;
}

const open = (path: string): Promise<BaseClassifier> => onnxClassifier(path, { imageShape: [1, 1, 4], threads: 1 });

async function refusal(path: string): Promise<string> {
  const error = await open(path).then(
    () => expect.fail("it was opened"),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(FileError);
  return (error as FileError).message;
}

describe("a model whose weights lie in other files", () => {
  const files = { "w.bin": WEIGHTS.rawData!, "b.bin": BIAS.rawData! };

  it("has another hash with other weights, and the same with the same", async () => {
    const shape = { imageShape: [28, 28, 1] } as const;
    const place = join(await emptyFolder(), "m");
    const hashes: string[] = [];
    for (const version of ["v1", "v2", "v1"]) {
      await cp(join(CASE, version), place, { recursive: true });
      hashes.push((await onnxClassifier(join(place, "classifier.onnx"), shape)).hash);
    }
    const bytes = await Promise.all(["v1", "v2"].map((version) => readFile(join(CASE, version, "classifier.onnx"))));
    expect(bytes[0].equals(bytes[1])).toBe(true);
    expect(hashes[1]).not.toBe(hashes[0]);
    expect(hashes[2]).toBe(hashes[0]);
  });

  it("is hashed with all of each file, by name, in an order that is always the same", async () => {
    const path = await saved(linear("w.bin", "b.bin"), files);
    const sha256 = (data: Uint8Array): string => createHash("sha256").update(data).digest("hex");
    const externalData = [
      { name: "b.bin", bytes: 12, sha256: sha256(files["b.bin"]) },
      { name: "w.bin", bytes: 48, sha256: sha256(files["w.bin"]) },
    ];
    const feed = { layout: "nchw", scale: 1, mean: [0], std: [1], externalData };
    const expected = createHash("sha256")
      .update(await readFile(path))
      .update(JSON.stringify(feed))
      .digest("hex");
    expect((await open(path)).hash).toBe(expected);
    for (const name of ["w.bin", "b.bin"] as const) {
      const changed = await saved(linear("w.bin", "b.bin"), { ...files, [name]: files[name].map((v) => v ^ 1) });
      expect((await open(changed)).hash).not.toBe(expected);
    }
  });

  it("keeps the hash that it always had where there are none", async () => {
    const path = await saved(onnxModel({ opset: 17, input: ["N", 4], nodes: scores, constants: [WEIGHTS, BIAS] }), {});
    const feed = { layout: "nchw", scale: 1, mean: [0], std: [1] };
    const expected = createHash("sha256")
      .update(await readFile(path))
      .update(JSON.stringify(feed))
      .digest("hex");
    expect((await open(path)).hash).toBe(expected);
  });

  it("gives the labels of the model in one file, also when all its files are gone before a thread begins", async () => {
    const whole = await saved(onnxModel({ opset: 17, input: ["N", 4], nodes: scores, constants: [WEIGHTS, BIAS] }), {});
    const parts = await saved(linear("w.bin", "b.bin"), files);
    const votes = async (base: BaseClassifier): Promise<number[]> => {
      const address = { seed: 1, stream: 0, example: 0, sample: 0 };
      const counts = await new Sampler(base, gaussianNoise(1)).countLabels(new Float32Array(4), 500, address);
      await base.close?.();
      return [...counts];
    };
    const expected = await votes(await open(whole));
    expect(expected.filter((count) => count > 0).length).toBeGreaterThan(1);
    const base = await open(parts);
    await rm(join(parts, ".."), { recursive: true });
    expect(await votes(base)).toEqual(expected);
    const other = await open(whole);
    await writeFile(whole, "something else");
    expect(await votes(other)).toEqual(expected);
  });

  it("is refused where one is missing, and the file is named", async () => {
    const path = await saved(linear("w.bin", "b.bin"), { "w.bin": files["w.bin"] });
    expect(await refusal(path)).toBe(
      `${join(path, "../b.bin")}: expected values of tensor "b" of ${path}, found no readable file`,
    );
  });

  it.each(["../w.bin", "/etc/passwd", "a/../../w.bin", "..\\w.bin", "C:\\w.bin", "C:w.bin", "\\\\host\\w.bin"])(
    "is refused where it names %s, with the tensor",
    async (location) => {
      const message = await refusal(await saved(linear(location, "b.bin"), files));
      expect(message).toContain("expected weights in files of the model's own folder, found ");
      expect(message).toContain(`${JSON.stringify(location)} for tensor "W". Export it again`);
    },
  );

  it("is refused where a link leads out of its folder, and taken where one stays inside", async () => {
    const outside = join(await emptyFolder(), "elsewhere.bin");
    await writeFile(outside, files["w.bin"]);
    const path = await saved(linear("w.bin", "b.bin"), { "b.bin": files["b.bin"], "real.bin": files["w.bin"] });
    await symlink(outside, join(path, "../w.bin"));
    expect(await refusal(path)).toContain('found "w.bin" for tensor "W"');
    await rm(join(path, "../w.bin"));
    await symlink("real.bin", join(path, "../w.bin"));
    expect((await open(path)).classes).toBe(3);
  });

  it("is taken where the model and its weights are links to one other folder, as caches have it", async () => {
    const real = await saved(linear("w.bin", "b.bin"), files);
    const cache = await emptyFolder();
    for (const name of ["model.onnx", "w.bin", "b.bin"]) await symlink(join(real, "..", name), join(cache, name));
    expect((await open(join(cache, "model.onnx"))).hash).toBe((await open(real)).hash);
  });

  it("is refused where a folder stands for a file, or no file is named", async () => {
    const path = await saved(linear("w.bin", "b.bin"), { "b.bin": files["b.bin"] });
    await mkdir(join(path, "../w.bin"));
    expect(await refusal(path)).toMatch(/w\.bin: expected values of tensor "W" of .*, found a folder\. /);
    const nameless = await saved(linear(undefined, "b.bin"), files);
    expect(await refusal(nameless)).toBe(`${nameless}: tensor "W" lies in another file, but names none`);
  });

  it("is refused where a file is too short", async () => {
    const short = await saved(linear("w.bin", "b.bin"), { ...files, "w.bin": files["w.bin"].slice(4) });
    expect(await refusal(short)).toContain("expected an ONNX model, but ONNX Runtime refuses it: ");
  });

  it.each(["a branch", "a function"])(
    "is refused where they are held by %s, which ONNX Runtime would read later",
    async (holder) => {
      const constant = node("Constant", [], ["W"], { value: { tensor: away(WEIGHTS, "w.bin") } });
      const product = { nodes: [constant, node("MatMul", ["v", "W"], ["t"])], outputs: ["t"] };
      const identity = node("Identity", ["x"], ["v"]);
      const branches = { then_branch: { graph: product }, else_branch: { graph: product } };
      const nodes =
        holder === "a branch"
          ? [identity, node("If", ["yes"], ["p"], branches)]
          : [node("Product", ["x"], ["p"], {}, { domain: "own" })];
      const yes = { name: "yes", dims: [], dataType: 9, rawData: Uint8Array.of(1) };
      const model = onnxModel({
        opset: 17,
        input: ["N", 4],
        nodes: [...nodes, scores[1]],
        constants: [yes, BIAS],
        functions: holder === "a branch" ? [] : [{ name: "Product", input: ["v"], body: product }],
      });
      const message = await refusal(await saved(model, files));
      expect(message).toContain('found tensor "W" within a branch, a loop, a function or an attribute in "w.bin"');
      expect(message).toContain("onnx.save(onnx.load(path), path)");
    },
  );
});
