import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import type { ImageShape } from "smoothcert";
import { parseLog } from "smoothcert/certify";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { canaryOf, requireCanary, type Scored } from "../../../certify/classifiers/canary.js";
import { probeProvider } from "../../../certify/classifiers/onnx/probe.js";
import { spawnedWith } from "../../cli/support.js";
import { idxBytes } from "../../data/support.js";
import { noSoftwareGpu, softwareGpu } from "../../software-gpu.js";
import { linearOnnx } from "./onnx-file.js";

const SHAPE: ImageShape = [2, 3, 1];
const WEIGHTS = [0, 1, 2].map((k) => Array.from({ length: 6 }, (_, j) => Math.sin(6 * k + j + 1)));
const ROUNDING = { precision: 2 ** -8, slack: 1, units: 2 ** -16 };

/** A linear classifier whose scores are rounded to so many bits. */
function linear(weights: readonly (readonly number[])[], bits = 24): Scored {
  const rounded = (score: number): number => {
    const unit = 2 ** (Math.floor(Math.log2(Math.abs(score) || 1)) + 1 - bits);
    return Math.round(score / unit) * unit;
  };
  return {
    name: "linear",
    inputShape: SHAPE,
    classes: weights.length,
    hash: "",
    runtime: "test",
    batchSize: 64,
    async scores(batch, count) {
      return Array.from({ length: count * weights.length }, (_, at) => {
        const row = weights[at % weights.length];
        const image = Math.floor(at / weights.length);
        return rounded(row.reduce((sum, weight, j) => sum + weight * batch[6 * image + j], 0));
      });
    },
    async classify() {},
  };
}

const changed = (k: number, j: number, by: number): number[][] =>
  WEIGHTS.map((row, at) => row.map((weight, i) => (at === k && i === j ? weight + by : weight)));

describe("a canary", () => {
  it("lets rounding pass, down to 10 bits", async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 10, max: 24 }), async (bits) => {
        const report = await canaryOf(linear(WEIGHTS, bits), linear(WEIGHTS), ROUNDING);
        expect(report.difference).toBeLessThanOrEqual(report.tolerance);
        expect(report.images).toBe(16);
      }),
    );
    expect(await canaryOf(linear(WEIGHTS), linear(WEIGHTS), ROUNDING)).toMatchObject({ difference: 0, labels: 0 });
  });

  it("lets so many times as much pass as it is told to", async () => {
    const [half, whole] = [linear(WEIGHTS, 10), linear(WEIGHTS)];
    const { tolerance } = await canaryOf(half, whole, ROUNDING);
    expect((await canaryOf(half, whole, { ...ROUNDING, slack: 4 })).tolerance).toBe(4 * tolerance);
    const [all, none] = await Promise.all([1, 2 ** -30].map((units) => canaryOf(half, whole, { ...ROUNDING, units })));
    expect(none.tolerance).toBe(tolerance);
    expect(all.tolerance).toBeGreaterThan(100 * tolerance);
  });

  it("refuses another function: any weight changed by a tenth", async () => {
    const any = fc.tuple(fc.nat(2), fc.nat(5), fc.constantFrom(-0.1, 0.1));
    await fc.assert(
      fc.asyncProperty(any, async ([k, j, by]) => {
        const wrong = requireCanary(linear(changed(k, j, by)), linear(WEIGHTS), ROUNDING, "provider test");
        await expect(wrong).rejects.toThrow(
          /^provider test computes another function than ONNX Runtime on the processor: on noisy images its scores /,
        );
      }),
    );
  });

  it("refuses a score that is no number, and counts the labels that change", async () => {
    const nan = linear(WEIGHTS);
    const broken: Scored = {
      ...nan,
      scores: async (b, n) => Array.from(await nan.scores(b, n), (s, i) => (i ? s : NaN)),
    };
    await expect(requireCanary(broken, nan, ROUNDING, "provider test")).rejects.toThrow();
    const turned = linear([WEIGHTS[1], WEIGHTS[2], WEIGHTS[0]]);
    const message = "and 16 of 16 images get another label. Its votes would certify nothing: leave --provider out";
    await expect(requireCanary(turned, nan, ROUNDING, "provider test")).rejects.toThrow(message);
  });
});

describe("a provider", () => {
  let folder: string;
  const at = (name: string): string => join(folder, name);
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "smoothcert-canary-"));
    await writeFile(at("linear.onnx"), linearOnnx({ weights: WEIGHTS, bias: [0, 0, 0], input: ["N", 1, 2, 3] }));
    await writeFile(at("crash.sh"), "#!/bin/sh\nkill -SEGV $$\n", { mode: 0o755 });
    await writeFile(
      at("images"),
      idxBytes(
        [4, 2, 3],
        Uint8Array.from({ length: 24 }, (_, i) => (37 * i) % 256),
      ),
    );
    await writeFile(at("labels"), idxBytes([4], Uint8Array.from([0, 1, 2, 0])));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it.skipIf(process.platform === "win32")("that ends its process is refused, and not this process ended", async () => {
    await probeProvider(at("linear.onnx"), "cpu");
    await expect(probeProvider(at("linear.onnx"), "webgpu", at("crash.sh"))).rejects.toThrow(
      "provider webgpu ended a process that tried it (SIGSEGV): its driver is missing or broken. Leave --provider out",
    );
  });

  it.skipIf(noSoftwareGpu)(
    "webgpu on a software driver is compared with the processor, and votes as it does",
    async () => {
      const votes = async (provider: string): Promise<{ rows: string[][]; err: string }> => {
        const words = ["certify", at("linear.onnx"), "--data", `idx:${at("images")},${at("labels")}`];
        const settings = [
          "--sigma",
          "0.5",
          "--n",
          "100",
          "--n0",
          "20",
          "--out",
          at(`${provider}.tsv`),
          "--provider",
          provider,
        ];
        const { code, err } = await spawnedWith(softwareGpu(), ...words, ...settings);
        expect({ code, err }).toMatchObject({ code: 0 });
        const { rows } = parseLog(await readFile(at(`${provider}.tsv`), "utf8"), provider);
        return { rows: rows.map(({ counts }) => (counts ?? []).map(String)), err };
      };
      const [gpu, cpu] = [await votes("webgpu"), await votes("cpu")];
      expect(gpu.err).toMatch(
        /linear\.onnx: provider webgpu: scores of 16 noisy images differ from ONNX Runtime's on the processor by /,
      );
      const different = gpu.rows.filter((row, i) => row.join() !== cpu.rows[i].join()).length;
      console.log(`${different} of ${cpu.rows.length} images have other votes on webgpu than on cpu`);
      // A label differs where two scores are within rounding of each other: by chance about once in 10^5 votes.
      expect(different).toBeLessThanOrEqual(1);
    },
  );
});
