import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildModel, inferMetadata, readOnnxMetadata, saveModel, signatureOf, useEngine } from "smoothcert";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { exportCommand } from "../../cli/export.js";

let run: string;
let out: string;
let hash: string;

beforeEach(async () => {
  run = await mkdtemp(join(tmpdir(), "smoothcert-"));
  out = join(run, "made", "model.onnx");
  await useEngine("cpu");
  const model = buildModel("linear", { inputShape: [4, 5, 3], classes: 2, seed: 1 });
  const metadata = { ...inferMetadata(signatureOf(model)), architecture: "linear", training: { sigma: 0.25 } };
  hash = await saveModel(model, metadata, join(run, "model"));
});

afterEach(async () => {
  await rm(run, { recursive: true });
});

async function printed(...args: string[]): Promise<string> {
  const write = vi.spyOn(process.stdout, "write").mockReturnValue(true);
  try {
    await exportCommand().parseAsync(args, { from: "user" });
    return write.mock.calls.map(([text]) => String(text)).join("");
  } finally {
    write.mockRestore();
  }
}

test("exports a run folder and tells what it wrote", async () => {
  const text = await printed(run, "--out", out);
  const size = ((await readFile(out)).length / 1000).toFixed(1);
  expect(text).toBe(`${out}: ${size} kB, input pixels [N, 3, 4, 5], output logits [N, 2], linear\n`);
  expect(readOnnxMetadata(await readFile(out), out).metadata).toMatchObject({ training: { sigma: 0.25 } });
});

test("a model folder, the other layout, and JSON", async () => {
  const summary = JSON.parse(
    await printed(join(run, "model"), "--out", out, "--layout", "nhwc", "--no-fold", "--json"),
  );
  expect(summary).toEqual({
    file: out,
    bytes: (await readFile(out)).length,
    layout: "nhwc",
    input: { name: "pixels", shape: ["N", 4, 5, 3] },
    output: { name: "logits", shape: ["N", 2] },
    model: join(run, "model"),
    hash,
  });
});

test("refuses an unknown layout and a missing model by name", async () => {
  await expect(printed(run, "--out", out, "--layout", "chw")).rejects.toThrow(
    expect.objectContaining({ name: "ArgumentError", message: expect.stringContaining("--layout") }),
  );
  await expect(printed(join(run, "nowhere"), "--out", out)).rejects.toThrow(
    expect.objectContaining({ name: "FileError", message: expect.stringContaining(join(run, "nowhere")) }),
  );
});
