import { existsSync } from "node:fs";
import { copyFile, mkdir, readdir, readFile, stat } from "node:fs/promises";
import { QUANTIZATION_KEY, readOnnxMetadata } from "smoothcert";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { runCommandLine } from "../../cli/command-line.js";
import { folderWithRun, type Outcome, smoothcert, writeDigits } from "./support.js";

const folder = folderWithRun();
let digits: string;

beforeAll(async () => {
  digits = await writeDigits(folder.path, 60);
});

function quantize(options: string, model = "run"): Promise<Outcome> {
  return smoothcert(
    "quantize",
    folder.at(model),
    "--data",
    digits,
    ...options.split(" ").filter((word) => word !== ""),
  );
}

describe("quantize", () => {
  it("writes a model beside the float one that certify knows how to take", async () => {
    const { code, out, err } = await quantize("--images 32 --check 8");
    expect({ code, err: err.split("\n").slice(0, 3) }).toEqual({
      code: 0,
      err: [
        `Quantising ${folder.at("run/model.onnx")} on 32 noisy images of digits train`,
        "  sigma 0.25 for pixels in [0, 1] (63.75 for 0..255), minmax calibration, seed 0",
        "Comparing both on 8 images of digits test",
      ],
    });
    const file = folder.at("run/model.int8.onnx");
    const kilobytes = async (path: string): Promise<string> => ((await stat(path)).size / 1000).toFixed(1);
    const sizes = [await kilobytes(file), await kilobytes(folder.at("run/model.onnx"))];
    expect(out).toContain(`${file}: ${sizes[0]} kB, ${sizes[1]} kB in floats\n`);
    expect(out).toMatch(
      /1 values? calibrated, '.*' in \[-\d\.\d\d, \d\.\d\d\]; quantisation steps of 0\.0\d+ to 0\.0\d+/,
    );
    expect(out).toMatch(/\nsame label on (100\.0|9\d\.\d) % of 80 noisy copies\n/);
    expect(out).toMatch(/\n\d+ samples\/s, \d+ in floats: \d+\.\d\d times as fast\n/);
    expect(out).toContain("certified accuracy (%) on 8 images, n0 = 100, n = 1000, alpha = 0.001\n");
    const log = folder.at("int8.tsv");
    const certified = await smoothcert("certify", file, "--n", "100", "--max", "3", "--out", log);
    expect(certified.code).toBe(0);
    expect(certified.err).toContain("of mnist test");
    expect(certified.err).toContain("sigma 0.25");
  });

  it("tells all that it measured as JSON, and records how the file was made", async () => {
    const out = folder.at("made/q.onnx");
    const { code, out: text } = await quantize(
      "--images 20 --check 5 --seed 4 --calibration percentile --per-tensor --weight-bits 8 --sigma 0.5 --json " +
        `--out ${out}`,
    );
    expect(code).toBe(0);
    const report = JSON.parse(text);
    expect(report).toMatchObject({
      file: out,
      model: folder.at("run/model.onnx"),
      bytes: { int8: (await stat(out)).size, float: (await stat(folder.at("run/model.onnx"))).size },
      labels: { copies: 50 },
      settings: { n0: 100, n: 1000, alpha: 0.001 },
      certified: { images: 5 },
    });
    expect(report.labels.same).toBeGreaterThanOrEqual(40);
    expect(report.samplesPerSecond.int8).toBeGreaterThan(0);
    expect(report.certified.float[0]).toBeGreaterThan(0);
    expect(report.certified.int8.length).toBe(report.certified.radii.length);
    const [{ min, max }] = report.ranges;
    expect(min).toBeLessThan(-1);
    expect(max).toBeGreaterThan(2);
    const { properties } = readOnnxMetadata(await readFile(out), out);
    expect(JSON.parse(properties[QUANTIZATION_KEY])).toEqual({
      weightBits: 8,
      activationBits: 8,
      perChannel: false,
      calibration: "percentile",
      images: 20,
      data: { name: "digits", split: "train", hash: expect.stringMatching(/^[0-9a-f]{64}$/) },
      sigma: 0.5,
      seed: 4,
    });
  });

  it("writes the same bytes again, and others from another seed", async () => {
    const files = ["a", "b", "c"].map((name) => folder.at(`${name}.onnx`));
    for (const [i, file] of files.entries()) {
      expect((await quantize(`--images 16 --check 0 --seed ${i === 2 ? 1 : 0} --out ${file}`)).code).toBe(0);
    }
    const [a, b, c] = await Promise.all(files.map((file) => readFile(file)));
    expect(a.equals(b)).toBe(true);
    expect(a.equals(c)).toBe(false);
  });

  it("holds out the images that it calibrated on, where both come from one split", async () => {
    const out = folder.at("all.onnx");
    const { code, err } = await quantize(`--split test --images 60 --check 5 --out ${out}`);
    expect({ code, err }).toEqual({
      code: 2,
      err: expect.stringContaining("quantize: --images must be fewer than the 60 images, got 60"),
    });
    const half = await quantize(`--split test --images 58 --check 5 --json --out ${out}`);
    expect(JSON.parse(half.out).certified.images).toBe(2);
  });

  it.each([
    ["--images 0", '--images must be an integer of at least 1, got "0"'],
    ["--weight-bits 4", '--weight-bits must be one of 7, 8, got "4"'],
    ["--calibration entropy", '--calibration must be one of minmax, percentile, got "entropy"'],
    ["--sigma 0", "--sigma must be finite and greater than 0, got 0"],
    ["--check -1", '--check must be an integer of at least 0, got "-1"'],
  ])("refuses %s", async (options, message) => {
    const { code, out, err } = await quantize(options);
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toContain(message);
  });

  it("refuses to write over the model, a folder without one, and a model that is quantised", async () => {
    const same = await quantize(`--out ${folder.at("run/model.onnx")}`);
    expect({ code: same.code, err: same.err }).toEqual({
      code: 2,
      err: expect.stringContaining("quantize: --out must be another file name that ends in .onnx, got "),
    });
    const none = await quantize("", "run/model");
    expect(none.code).toBe(2);
    expect(none.err).toContain(`found none in ${folder.at("run/model")}. Make one with: smoothcert export `);
    const nothing = await quantize("", "nowhere");
    expect(nothing.code).toBe(1);
    expect(nothing.err).toContain(`${folder.at("nowhere")}: expected an .onnx file or a run folder, found nothing`);
    await quantize(`--images 4 --check 0 --out ${folder.at("done.onnx")}`);
    const twice = await quantize("", "done.onnx");
    expect(twice.code).toBe(1);
    expect(twice.err).toContain(`${folder.at("done.onnx")}: expected a float model, found `);
  });

  /** Quantises in a folder of its own, with Ctrl-C at the first line on standard error that begins so. */
  async function stoppedAt(line: string, name: string): Promise<{ code: number; err: string; files: string[] }> {
    await mkdir(folder.at(name));
    await copyFile(folder.at("run/model.onnx"), folder.at(`${name}/model.onnx`));
    let err = "";
    const write = vi.spyOn(process.stderr, "write").mockImplementation((text) => {
      err += String(text);
      if (String(text).startsWith(line)) setImmediate(() => process.emit("SIGINT"));
      return true;
    });
    try {
      const code = await runCommandLine(["quantize", folder.at(name), "--data", digits, "--images", "60"]);
      return { code, err, files: await readdir(folder.at(name)) };
    } finally {
      write.mockRestore();
    }
  }

  it("leaves nothing behind where Ctrl-C ends the calibration, the model where it ends the comparison", async () => {
    const early = await stoppedAt("  sigma", "early");
    expect(early).toMatchObject({ code: 130, files: ["model.onnx"] });
    expect(early.err).toContain("stopped before the calibration was done; nothing was written");
    const late = await stoppedAt("Comparing", "late");
    expect(late).toMatchObject({ code: 130, files: ["model.int8.onnx", "model.onnx"] });
    expect(late.err).toContain(
      `stopped before the models were compared; ${folder.at("late/model.int8.onnx")} is complete`,
    );
    expect(existsSync(folder.at("early/model.int8.onnx"))).toBe(false);
  });
});
