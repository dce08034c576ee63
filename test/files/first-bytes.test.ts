import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { zipSync } from "fflate";
import sharp from "sharp";
import { decodeImage, loadDataset, loadModel, readOnnxMetadata } from "smoothcert";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { smoothcert } from "../cli/support.js";

const CASES = fileURLToPath(new URL("../fixtures/cases/not-onnx/", import.meta.url));
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "smoothcert-kinds-"));
});
afterAll(() => rm(folder, { recursive: true }));

const latin1 = (text: string): Uint8Array => Buffer.from(text, "latin1");
const fixture = (name: string) => (): Promise<Uint8Array> => readFile(CASES + name);
const LFS =
  "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32\nsize 26454\n";
const TORCH =
  'torch.onnx.export(model.eval(), torch.zeros(1, C, H, W), "model.onnx", ' +
  'input_names=["x"], dynamic_axes={"x": {0: "N"}}, dynamo=False)';
const PAGE = "<!DOCTYPE html>\n<html><head><title>\n  Page not found\n</title></head></html>";

/** Bytes, what they are said to be, and the command that a model's reader gives. */
const KINDS: [string, () => Uint8Array | Promise<Uint8Array>, string, string][] = [
  ["the case lfs.onnx", fixture("lfs.onnx"), "a Git LFS pointer", "git lfs install && git lfs pull"],
  [
    "a pointer of Git LFS's first name",
    () => latin1(LFS.replace("git-lfs.github", "hawser.github")),
    "a Git LFS pointer",
    "git lfs pull",
  ],
  [
    "a git-annex pointer",
    () => latin1("/annex/objects/SHA256E-s12--ab.onnx\n"),
    "a git-annex pointer",
    "git annex get",
  ],
  ["the case net.pt", fixture("net.pt"), "a PyTorch file", TORCH],
  ["what PyTorch saved before 1.6", fixture("old.pth"), "a PyTorch file of before version 1.6", TORCH],
  ["a TorchScript program", fixture("script.pt"), "a TorchScript program", "model = torch.jit.load("],
  ["a pickle", () => latin1("\x80\x04\x95\x1f\0\0\0"), "a Python pickle", "skl2onnx.to_onnx"],
  ["HDF5", fixture("net.h5"), "an HDF5 file", "Keras model"],
  [
    "a Keras model",
    () => zipSync({ "metadata.json": latin1("{}"), "config.json": latin1("{}") }),
    "a Keras model",
    'export("model.onnx", format="onnx")',
  ],
  [
    "TensorFlow Lite",
    () => latin1("\x1c\0\0\0TFL3\x14\0 \0"),
    "a TensorFlow Lite model",
    "python -m tf2onnx.convert --tflite",
  ],
  [
    "safetensors",
    fixture("net.safetensors"),
    "safetensors, weights without their network",
    "safetensors.torch.load_file(",
  ],
  ["gzip", () => gzipSync("abc"), "a gzip file", "gunzip <"],
  ["zip", () => zipSync({ "model.onnx": latin1("abc") }), "a zip archive", "unzip"],
  ["a NumPy archive", () => zipSync({ "x.npy": latin1("abc") }), "a NumPy archive", "npz:"],
  ["a NumPy array", () => latin1("\x93NUMPY\x01\0v\0{"), "a NumPy array", "npy:IMAGES,LABELS"],
  ["an HTML page", () => latin1(PAGE), 'an HTML page ("Page not found")', "curl -L -o"],
  [
    "an HTML page after a mark and blank lines",
    () => latin1(`\xef\xbb\xbf\r\n  \n<HTML lang="en">`),
    "an HTML page",
    "curl -L",
  ],
  [
    "an XHTML page",
    () => latin1(`<?xml version="1.0"?>\n<!-- x -->\n${PAGE}`),
    'an HTML page ("Page not found")',
    "curl -L",
  ],
  [
    "an error of S3",
    () => latin1('<?xml version="1.0"?><Error><Message>Access Denied</Message></Error>'),
    'an XML text ("Access Denied")',
    "curl",
  ],
  ["a SavedModel", () => latin1("\x08\x01\x12\xd6\x01\n\x02"), "a TensorFlow SavedModel", "--saved-model FOLDER"],
  [
    "a frozen graph",
    () => latin1("\n\x2e\n\x01x\x12\x0bPlaceholder*\x0b\n\x05dtype"),
    "a frozen TensorFlow graph",
    "--graphdef",
  ],
  ["a tar archive", () => latin1(`model.onnx${"\0".repeat(247)}ustar\0`), "a tar archive", "tar xf"],
  ["an xz file", () => latin1("\xfd7zXZ\0\0"), "an xz file", "unxz -k"],
  ["a PDF", () => latin1("%PDF-1.7"), "a PDF document", "Fetch or write it again"],
  ["nothing", () => new Uint8Array(), "an empty file", "Fetch or write it again"],
];

describe("a file that is no model", () => {
  it.each(KINDS)("%s, is told by its bytes where ONNX is expected", async (_, bytes, found, command) => {
    const content = await bytes();
    const message = `m.onnx: is not an ONNX model: it is ${found}. `;
    expect(() => readOnnxMetadata(content, "m.onnx")).toThrow(message);
    expect(() => readOnnxMetadata(content, "m.onnx")).toThrow(command);
  });

  it.each(KINDS)("%s, is told by its bytes where a model.json is expected", async (_, bytes, found, command) => {
    const path = join(folder, "model.bin");
    await writeFile(path, await bytes());
    const failure = expect(loadModel(path)).rejects;
    await failure.toThrow(`${path}: expected an .onnx file or a TensorFlow.js model.json, found ${found}. `);
    await expect(loadModel(path)).rejects.toThrow(command);
  });

  it("is told by its name alone only for Core ML, whose models begin as ONNX does", () => {
    expect(() => readOnnxMetadata(latin1("\x08\x04\x12"), "m.mlmodel")).toThrow("it is a Core ML model.");
    expect(() => readOnnxMetadata(latin1("\x08\x04\x12"), "m.onnx")).toThrow(/is not an ONNX model: (?!it is)/);
  });

  it("is said to be one under another name where it is ONNX, or a model.json", async () => {
    const path = join(folder, "weights.bin");
    await cp(`${CASES}model.onnx`, path);
    await expect(loadModel(path)).rejects.toThrow(
      `found an ONNX model. Give it a name that ends in .onnx: mv ${path} ${path}.onnx.`,
    );
    const json = latin1('{"format": "layers-model", "modelTopology": {}}');
    expect(() => readOnnxMetadata(json, "m.onnx")).toThrow("it is a TensorFlow.js model. Name it by its own name");
    expect(() => readOnnxMetadata(latin1('{"error": "Repository not found"}'), "m.onnx")).toThrow(
      'it is a JSON text ("Repository not found").',
    );
  });

  it("may be any bytes at all: the error names the file", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), fc.constantFrom(...KINDS), (tail, [, bytes]) => {
        const made = bytes();
        if (made instanceof Promise) return;
        for (const content of [tail, new Uint8Array([...made.slice(0, 12), ...tail])]) {
          expect(() => readOnnxMetadata(content, "m.onnx")).toThrow(/^m\.onnx: is not an ONNX model: ./);
        }
      }),
      { numRuns: 500 },
    );
  });

  it("doesn't hold up a model: that of the advice's command is one", async () => {
    const { inputs } = readOnnxMetadata(await readFile(`${CASES}model.onnx`), "model.onnx");
    expect(inputs).toEqual([{ name: "x", shape: ["N", 1, 4, 4] }]);
  });
});

describe("smoothcert certify", () => {
  it("names the case lfs.onnx, and net.pt, and quotes their paths for the shell and for Python", async () => {
    const lfs = await smoothcert("certify", `${CASES}lfs.onnx`, "--data", "mnist", "--sigma", "0.25");
    expect([lfs.code, lfs.err]).toEqual([
      1,
      `error: ${CASES}lfs.onnx: is not an ONNX model: it is a Git LFS pointer. ` +
        "Fetch what it stands for, in its folder: git lfs install && git lfs pull.\n",
    ]);
    const spaced = join(folder, "my net.pt");
    await cp(`${CASES}net.pt`, spaced);
    const torch = await smoothcert("certify", spaced, "--data", "mnist", "--sigma", "0.25", "--engine", "cpu");
    expect([torch.code, torch.err]).toEqual([
      1,
      expect.stringContaining(
        `found a PyTorch file. Export the network to ONNX, in Python, after load_state_dict(torch.load("${spaced}"))`,
      ),
    ]);
    const packed = join(folder, "my net.onnx");
    await writeFile(packed, gzipSync("abc"));
    expect((await smoothcert("certify", packed, "--data", "mnist", "--sigma", "1")).err).toContain(
      `gunzip < '${packed}' > model.onnx`,
    );
  });

  it.each([
    ["saved_model.pb", "a TensorFlow SavedModel", "python -m tf2onnx.convert --saved-model"],
    ["pytorch_model.bin", "a model of Hugging Face Transformers", "optimum-cli export onnx --model"],
    ["model.safetensors", "a model of Hugging Face Transformers", "optimum-cli export onnx --model"],
    ["Manifest.json", "a Core ML package", "export the model that it was made from"],
  ])("names a folder that holds %s", async (file, found, command) => {
    const path = join(folder, file.replace(/\W/g, ""));
    await mkdir(path);
    await writeFile(join(path, file), "x");
    const { code, err } = await smoothcert("certify", path, "--data", "mnist", "--sigma", "1", "--engine", "cpu");
    expect([code, err]).toEqual([
      1,
      expect.stringContaining(`error: ${path}: expected a model folder of ours, found ${found}. `),
    ]);
    expect(err).toContain(command);
  });
});

describe("a file that holds no data", () => {
  const write = async (name: string, bytes: Uint8Array): Promise<string> => {
    const path = join(folder, name);
    await writeFile(path, bytes);
    return path;
  };
  const messageOf = async (spec: string): Promise<string> => {
    const error: unknown = await loadDataset(spec, "test").catch((caught: unknown) => caught);
    expect(error).toMatchObject({ name: "FileError" });
    return (error as Error).message;
  };

  it.each(["idx", "npy"])("is told where %s is expected", async (kind) => {
    const labels = await write("labels", new Uint8Array(3));
    for (const [bytes, found, command] of [
      [latin1(LFS), "a Git LFS pointer", "git lfs pull"],
      [latin1(PAGE), "an HTML page", "curl -L -o"],
      [await readFile(`${CASES}net.pt`), "a PyTorch file", "np.savez("],
      [await readFile(`${CASES}net.h5`), "an HDF5 file", "with h5py.File("],
      [latin1("\x80\x02}q"), "a Python pickle", "np.savez("],
      [latin1("PAR1\x15"), "a Parquet file", "pandas.read_parquet("],
      [gzipSync(latin1(`x${"\0".repeat(256)}ustar\0`)), "a tar archive", "tar xf"],
      [
        await sharp({ create: { width: 2, height: 2, channels: 3, background: "red" } })
          .png()
          .toBuffer(),
        "an image",
        "folder:DIR",
      ],
    ] as const) {
      const images = await write("images", bytes);
      const message = await messageOf(`${kind}:${images},${labels}`);
      expect(message.startsWith(`${images}: expected an`)).toBe(true);
      expect(message).toContain(`found ${found}`);
      expect(message).toContain(command);
    }
  });

  it("is told in a CIFAR-10 folder, an archive, and at any path", async () => {
    const cifar = join(folder, "cifar");
    await mkdir(cifar);
    await writeFile(join(cifar, "test_batch.bin"), latin1("\x80\x02}q\x01(U\x0bbatch_label"));
    expect(await messageOf(cifar)).toContain("found a Python pickle. Take the binary version: https://");
    await writeFile(join(cifar, "test_batch.bin"), latin1(LFS));
    expect(await messageOf(cifar)).toContain("found a Git LFS pointer. Fetch");
    expect(await messageOf(`npz:${await write("x.npz", latin1(LFS))}`)).toContain("found a Git LFS pointer");
    expect(await messageOf(`npz:${CASES}net.pt`)).toContain("found a PyTorch file. Save its tensors as arrays");
    expect(await messageOf(await write("page", latin1(PAGE)))).toContain('found an HTML page ("Page not found")');
    expect(await messageOf(await write("nothing", new Uint8Array()))).toContain("found an empty file");
    expect(await messageOf(`${CASES}model.onnx`)).toContain("found an ONNX model. Name the model first");
    const python = join(folder, "cifar-python");
    await mkdir(python);
    await writeFile(join(python, "data_batch_1"), "x");
    expect(await messageOf(python)).toContain(
      "found the Python version of CIFAR-10. Take the binary version: https://",
    );
  });

  it("is told where an image is expected, and a damaged image is called no other kind", async () => {
    await expect(decodeImage(await write("a.png", latin1(LFS)), [2, 2, 3])).rejects.toThrow(
      "found a Git LFS pointer. Fetch",
    );
    await expect(decodeImage(await write("b.png", latin1(PAGE)), [2, 2, 3])).rejects.toThrow("found an HTML page");
    const png = await sharp({ create: { width: 9, height: 9, channels: 3, background: "red" } })
      .png()
      .toBuffer();
    const cut = await write("c.png", png.subarray(0, 50));
    await expect(decodeImage(cut, [9, 9, 3])).rejects.toThrow("50 bytes that cannot be decoded");
  });

  it("leaves a batch of CIFAR-10 alone that begins as something else might", async () => {
    const batches = join(folder, "honest");
    await mkdir(batches);
    const record = new Uint8Array(3073);
    record.set([8, 1, 0x12]); // a SavedModel begins so
    await writeFile(join(batches, "test_batch.bin"), record);
    expect((await loadDataset(batches, "test")).example(0).label).toBe(8);
  });
});
