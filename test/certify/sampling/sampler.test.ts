import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import fc from "fast-check";
import {
  ArgumentError,
  buildModel,
  exportOnnx,
  gaussianNoise,
  gridNoise,
  MAX_THREADS,
  STREAM,
  useEngine,
} from "smoothcert";
import {
  type BaseClassifier,
  type Labeler,
  onnxClassifier,
  Sampler,
  type SamplingHooks,
  type Segment,
} from "smoothcert/certify";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { localLabeler } from "../../../certify/sampling/local-labeler.js";
import { someOf } from "../../laws/effort.js";
import { bandClassifier } from "../some-classifiers.js";

const noise = gaussianNoise(0.5);
const addressOf = (example: number, sample = 0) => ({ seed: 3, stream: STREAM.estimation, example, sample });
const imageOf = (example: number): Float32Array => Float32Array.of(example / 7, 0.5);

/** Labels as they would be, batch by batch in an order of its own, and remembers the batches. */
function jumbled(base: BaseClassifier, batchSize: number, capacity: number, order: readonly number[]) {
  const batches: Segment[][] = [];
  const labeler: Labeler = {
    batchSize,
    capacity,
    async label(segments) {
      const delay = order[batches.length % order.length];
      batches.push([...segments]);
      const labels = await localLabeler(base, noise).label(segments);
      for (let turn = 0; turn < delay; turn++) await Promise.resolve();
      return labels;
    },
  };
  return { base: { ...base, labeler: () => labeler }, batches };
}

describe("Sampler", () => {
  const shapes = fc.record({
    batchSize: fc.integer({ min: 1, max: 40 }),
    capacity: fc.integer({ min: 1, max: 5 }),
    order: fc.array(fc.nat(20), { minLength: 1, maxLength: 10 }),
    counts: fc.array(fc.nat(90), { minLength: 1, maxLength: 8 }),
  });

  it("counts side by side, in shared batches and any order, what it counts alone", async () => {
    await fc.assert(
      fc.asyncProperty(shapes, async ({ batchSize, capacity, order, counts }) => {
        const plain = bandClassifier(3, 16);
        const { base, batches } = jumbled(plain, batchSize, capacity, order);
        const together = new Sampler(base, noise);
        const found = await Promise.all(counts.map((n, e) => together.countLabels(imageOf(e), n, addressOf(e))));
        for (const [e, n] of counts.entries()) {
          const alone = await new Sampler(plain, noise).countLabels(imageOf(e), n, addressOf(e));
          expect([...found[e]]).toEqual([...alone]);
        }
        const sizes = batches.map((segments) => segments.reduce((sum, { count }) => sum + count, 0));
        expect(Math.max(0, ...sizes)).toBeLessThanOrEqual(batchSize);
        // Only the batches that were sent while nothing more was waiting are not full.
        const total = counts.reduce((sum, n) => sum + n, 0);
        expect(sizes.filter((size) => size < batchSize).length).toBeLessThanOrEqual(capacity * counts.length);
        expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(total);
      }),
    );
  });

  it("fills a batch with the samples of several counts", async () => {
    const { base, batches } = jumbled(bandClassifier(3, 16), 10, 1, [0]);
    const sampler = new Sampler(base, noise);
    await Promise.all([15, 3, 12].map((n, e) => sampler.countLabels(imageOf(e), n, addressOf(e))));
    expect(batches.map((segments) => segments.map(({ count }) => count))).toEqual([[10], [5, 3, 2], [10]]);
    expect(batches[2][0].address.sample).toBe(2);
  });

  it("shares the time out among the counts, and no more of it than there was", async () => {
    const sampler = new Sampler(jumbled(bandClassifier(3, 16), 8, 2, [3, 0, 7]).base, noise);
    const shares = [0, 0];
    const samples = [0, 0];
    const hooksOf = (i: number): SamplingHooks => ({
      onSamples(more, seconds) {
        samples[i] += more;
        shares[i] += seconds;
      },
    });
    const start = performance.now();
    await Promise.all([400, 100].map((n, i) => sampler.countLabels(imageOf(i), n, addressOf(i), hooksOf(i))));
    const passed = (performance.now() - start) / 1000;
    expect(samples).toEqual([400, 100]);
    expect(shares[0] + shares[1]).toBeLessThanOrEqual(passed);
    expect(Math.min(...shares)).toBeGreaterThan(0);
  });

  it("gives up the count whose signal is aborted, and no other", async () => {
    const sampler = new Sampler(jumbled(bandClassifier(3, 16), 8, 2, [2, 5]).base, noise);
    const stop = new AbortController();
    let seen = 0;
    const onSamples = (more: number): void => {
      seen += more;
      if (seen >= 40) stop.abort(new Error("enough"));
    };
    const stopped = sampler.countLabels(imageOf(0), 1e6, addressOf(0), { signal: stop.signal, onSamples });
    const other = sampler.countLabels(imageOf(1), 30, addressOf(1));
    await expect(stopped).rejects.toThrow("enough");
    expect((await other).reduce((sum, count) => sum + count, 0)).toBe(30);
    expect(seen).toBeLessThan(80);
  });

  it("fails the counts of a batch that fails, and goes on with the others", async () => {
    const { base, batches } = jumbled(bandClassifier(3, 16), 8, 1, [0]);
    const labeler = base.labeler();
    const failing = async (segments: readonly Segment[]): Promise<Int32Array> => {
      if (segments.some(({ address }) => address.example === 1)) throw new Error("out of memory");
      return labeler.label(segments);
    };
    const sampler = new Sampler({ ...base, labeler: () => ({ ...labeler, label: failing }) }, noise);
    const counts = [16, 16, 16].map((n, e) => sampler.countLabels(imageOf(e), n, addressOf(e)));
    const results = await Promise.allSettled(counts);
    expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    expect((results[1] as PromiseRejectedResult).reason.message).toBe("out of memory");
    expect(batches).toHaveLength(4);
  });
});

describe("the threads of an ONNX classifier", () => {
  const folder = mkdtempSync(join(tmpdir(), "smoothcert-threads-"));
  const path = join(folder, "lenet.onnx");
  const imageShape = [28, 28, 1] as const;
  const image = Uint8Array.from({ length: 784 }, (_, i) => (i * 37) % 256);
  const grid = gridNoise(0.5);
  /**
   * Threads and the size of their batches: fewer batches than threads, and hundreds of them; each thread costs its
   * start.
   */
  const LAYOUTS = [
    [1, 1],
    [1, 32],
    [2, 7],
    [2, 256],
    [4, 1],
    [4, 256],
  ] as const;

  beforeAll(async () => {
    await useEngine("cpu");
    const model = buildModel("lenet", { inputShape: imageShape, classes: 10, seed: 5 });
    writeFileSync(path, exportOnnx(model));
    model.dispose();
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it("count the same whatever their number and the batch size, as the calling thread does", async () => {
    const n = 700;
    const count = async (base: BaseClassifier): Promise<number[]> => {
      const found = [...(await new Sampler(base, grid).countLabels(image, n, addressOf(0)))];
      await base.close?.();
      return found;
    };
    const { labeler: _, ...here } = await onnxClassifier(path, { imageShape });
    const expected = await count(here);
    expect(expected.filter((votes) => votes > 0).length).toBeGreaterThan(1);
    for (const [threads, batchSize] of [[4, 256], ...someOf(LAYOUTS)]) {
      const base = await onnxClassifier(path, { imageShape, threads, batchSize });
      expect(await count(base), `${threads} threads, batches of ${batchSize}`).toEqual(expected);
    }
    const tuned = await (await onnxClassifier(path, { imageShape, threads: 2 })).tuned!(grid, image);
    expect(await count(tuned)).toEqual(expected);
  }, 60_000);

  it("are told of an image alone, not of the data set that it is a view of", async () => {
    const base = await onnxClassifier(path, { imageShape });
    const posted = vi.spyOn(Worker.prototype, "postMessage");
    const many = new Uint8Array(100 * image.length);
    many.set(image, 3 * image.length);
    const view = many.subarray(3 * image.length, 4 * image.length);
    const found = await new Sampler(base, grid).countLabels(view, 300, addressOf(0));
    const segments = posted.mock.calls.flatMap(([message]) => (message as { segments: Segment[] }).segments);
    posted.mockRestore();
    expect(segments.length).toBeGreaterThan(0);
    for (const { x } of segments) expect(x.buffer.byteLength).toBe(image.length);
    expect([...found]).toEqual([...(await new Sampler(base, grid).countLabels(image, 300, addressOf(0)))]);
    await base.close!();
  });

  it("leave noise that they don't know to the calling thread", async () => {
    const base = await onnxClassifier(path, { imageShape });
    const perturb = vi.fn(grid.perturb);
    const own = { ...grid, id: "mine/1", perturb };
    const found = await new Sampler(base, own).countLabels(image, 300, addressOf(0));
    expect([...found]).toEqual([...(await new Sampler(base, grid).countLabels(image, 300, addressOf(0)))]);
    expect(perturb).toHaveBeenCalled();
    await base.close!();
  });

  it.each([
    [{ threads: 0 }, `onnxClassifier: threads must be an integer in [1, ${MAX_THREADS}], got 0`],
    [{ batchSize: 1.5 }, "onnxClassifier: batchSize must be an integer in [1, 342392], got 1.5"],
    [{ provider: "abacus" }, "provider abacus is not in this build of ONNX Runtime, which has cpu"],
  ])("refuse %j", async (options, message) => {
    const open = onnxClassifier(path, { imageShape, ...options });
    await expect(open).rejects.toThrow(ArgumentError);
    await expect(open).rejects.toThrow(message);
  });

  it("let a process end in the middle of their work", async () => {
    const script = `
      import { Sampler, onnxClassifier } from "smoothcert/certify";
      import { gridNoise } from "smoothcert";
      const base = await onnxClassifier(${JSON.stringify(path)}, { imageShape: [28, 28, 1], threads: 2 });
      let samples = 0;
      const onSamples = (more) => {
        samples += more;
        if (samples > 3000) process.exit(7);
      };
      const address = { seed: 0, stream: 1, example: 0, sample: 0 };
      await new Sampler(base, gridNoise(0.5)).countLabels(new Uint8Array(784), 1e8, address, { onSamples });`;
    const child = spawn(process.execPath, ["--input-type=module", "-e", script], { stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (text) => {
        output += text;
      });
    }
    const code = await new Promise((resolve) => child.on("exit", (status, signal) => resolve(status ?? signal)));
    expect([code, output]).toEqual([7, ""]);
  }, 30_000);
});
