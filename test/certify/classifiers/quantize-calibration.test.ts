import fc from "fast-check";
import { createDataset, type Dataset, gaussianNoise, quantizationProbe, STREAM, type TensorRange } from "smoothcert";
import { type Calibration, calibrate, functionClassifier, sameLabels } from "smoothcert/certify";
import { describe, expect, it } from "vitest";
import { CUT, Extremes, Histogram } from "../../../certify/classifiers/value-range.js";
import { linearOnnx } from "./onnx-file.js";

const DATASET: Dataset = createDataset({
  name: "dots",
  split: "train",
  shape: [1, 3, 1],
  classes: ["a", "b"],
  pixels: Float32Array.from({ length: 60 }, (_, i) => (i % 7) / 7),
  labels: new Array(20).fill(0),
  source: "made up",
});

const CALIBRATION: Calibration = {
  path: "dir/linear.onnx",
  dataset: DATASET,
  indices: Array.from({ length: 20 }, (_, i) => i),
  noise: gaussianNoise(0.5),
  seed: 3,
  method: "minmax",
};

const WEIGHTS = [
  [1, 2, -3],
  [0.5, -1, 4],
];

function probeOf(input: readonly (number | string)[], weights = WEIGHTS): ReturnType<typeof quantizationProbe> {
  return quantizationProbe(linearOnnx({ weights, bias: [0, 0], input }), "linear.onnx");
}

/** The range of the noisy pixels, drawn again. */
function drawnRange(scale = 1): TensorRange {
  const drawn = new Float32Array(60);
  for (const example of CALIBRATION.indices) {
    const address = { seed: 3, stream: STREAM.training, example, sample: 0 };
    CALIBRATION.noise.perturb(drawn, example * 3, DATASET.example(example).pixels, address, 1);
  }
  const scaled = drawn.map((v) => v * scale);
  return { min: Math.min(...scaled), max: Math.max(...scaled) };
}

describe("calibrate", () => {
  it("observes what a network's operations see of one noisy copy of each image", async () => {
    const probe = probeOf(["N", 1, 1, 3]);
    expect(probe.values).toEqual(["flat"]);
    const ranges = await calibrate(probe, CALIBRATION);
    expect(ranges).toEqual(new Map([["flat", drawnRange()]]));
    expect(drawnRange().min).toBeLessThan(0);
  });

  it("gives the same ranges for a batch of a fixed size that does not divide the images", async () => {
    const ranges = await calibrate(probeOf([7, 1, 1, 3]), CALIBRATION);
    expect(ranges.get("flat")).toEqual(drawnRange());
  });

  it("scales the pixels as the network wants them", async () => {
    const ranges = await calibrate(probeOf(["N", 1, 1, 3]), { ...CALIBRATION, scaling: { scale: 4 } });
    expect(ranges.get("flat")).toEqual(drawnRange(4));
  });

  it("by percentile, cuts only what lies farthest out", async () => {
    const ranges = await calibrate(probeOf(["N", 1, 1, 3]), { ...CALIBRATION, method: "percentile" });
    const { min, max } = ranges.get("flat")!;
    // Of 60 values, a hundred thousandth is none: what goes is the empty rest of the outermost bins.
    const bin = (drawnRange().max - drawnRange().min) / 8192;
    expect(Math.abs(min - drawnRange().min)).toBeLessThanOrEqual(bin);
    expect(Math.abs(max - drawnRange().max)).toBeLessThanOrEqual(bin);
  });

  it("tells how far it is, once for each pass, and stops when asked", async () => {
    let seen = 0;
    const onImages = (images: number): void => {
      seen += images;
    };
    await calibrate(probeOf(["N", 3]), { ...CALIBRATION, onImages });
    expect(seen).toBe(20);
    await calibrate(probeOf(["N", 3]), { ...CALIBRATION, onImages, method: "percentile" });
    expect(seen).toBe(60);
    const controller = new AbortController();
    const stop = (): void => controller.abort(new Error("enough"));
    const stopped = calibrate(probeOf(["N", 3]), { ...CALIBRATION, onImages: stop, signal: controller.signal });
    await expect(stopped).rejects.toThrow("enough");
  });

  it("refuses images of another size and values that are not finite", async () => {
    const larger = probeOf(["N", 1, 1, 4], [[1, 2, 3, 4]]);
    await expect(calibrate(larger, CALIBRATION)).rejects.toThrow(
      expect.objectContaining({
        name: "FileError",
        message: expect.stringContaining("dir/linear.onnx: expected input 'image' to take images of 1x3x1"),
      }),
    );
    const infinite = { ...CALIBRATION, scaling: { scale: 1e38, std: [1e-30] } };
    await expect(calibrate(probeOf(["N", 3]), infinite)).rejects.toThrow(
      expect.objectContaining({
        name: "FileError",
        message:
          "dir/linear.onnx: expected finite values on the calibration images, found [-Infinity, Infinity] for 'flat'",
      }),
    );
  });
});

describe("ranges of values", () => {
  const parts = fc.array(fc.array(fc.float({ min: -1e3, max: 1e3, noNaN: true }), { minLength: 1 }), { minLength: 1 });

  it("Extremes are those of all that was added", () => {
    fc.assert(
      fc.property(parts, (all) => {
        const extremes = new Extremes();
        for (const part of all) extremes.add(Float32Array.from(part));
        expect(extremes.range).toEqual({ min: Math.min(...all.flat()), max: Math.max(...all.flat()) });
      }),
    );
  });

  it("a Histogram leaves out at most the part asked for at each end, and a bin's width less would be too much", () => {
    fc.assert(
      fc.property(parts, fc.double({ min: 0, max: 0.4, noNaN: true }), (all, cut) => {
        const values = Float32Array.from(all.flat());
        const range = { min: Math.min(...values), max: Math.max(...values) };
        const histogram = new Histogram(range);
        for (const part of all) histogram.add(Float32Array.from(part));
        const { min, max } = histogram.trimmed(cut);
        const width = (range.max - range.min) / 8192;
        const slack = 1e-6 * width;
        const share = (inside: (v: number) => boolean): number => values.filter(inside).length / values.length;
        expect(share((v) => v < min - slack)).toBeLessThanOrEqual(cut + 1e-12);
        expect(share((v) => v > max + slack)).toBeLessThanOrEqual(cut + 1e-12);
        if (width === 0) return;
        expect(share((v) => v <= min + width + slack)).toBeGreaterThan(cut);
        expect(share((v) => v >= max - width - slack)).toBeGreaterThan(cut);
      }),
    );
  });

  it("cuts off a lone outlier among a million, and not two hundred", () => {
    const values = Float32Array.from({ length: 1e6 }, (_, i) => i / 1e6);
    const one = values.slice();
    one[17] = 100;
    const many = values.map((v, i) => (i % 5000 === 0 ? 100 : v));
    for (const [seen, most] of [
      [one, 1.02],
      [many, 100],
    ] as const) {
      const histogram = new Histogram({ min: 0, max: 100 });
      histogram.add(seen);
      expect(histogram.trimmed(CUT).max).toBeCloseTo(most, 1);
    }
  });
});

describe("sameLabels", () => {
  const classifier = (threshold: number): ReturnType<typeof functionClassifier> =>
    functionClassifier(([first]) => (first > threshold ? 1 : 0), {
      name: "threshold",
      inputShape: [1, 3, 1],
      classes: 2,
      batchSize: 4,
    });
  const compared = { dataset: DATASET, indices: [0, 5, 9], noise: gaussianNoise(0.5), seed: 2, copies: 10 };

  it("counts the noisy copies that both label alike", async () => {
    expect(await sameLabels(classifier(0.5), classifier(0.5), compared)).toBe(30);
    expect(await sameLabels(classifier(-100), classifier(100), compared)).toBe(0);
    let expected = 0;
    const copy = new Float32Array(3);
    for (const example of compared.indices) {
      for (let sample = 0; sample < 10; sample++) {
        const address = { seed: 2, stream: STREAM.theory, example, sample };
        compared.noise.perturb(copy, 0, DATASET.example(example).pixels, address, 1);
        if (copy[0] > 0.5 === copy[0] > 0.8) expected += 1;
      }
    }
    expect(await sameLabels(classifier(0.5), classifier(0.8), compared)).toBe(expected);
    expect(expected).toBeGreaterThan(15);
    expect(expected).toBeLessThan(30);
  });

  it("refuses to compare on no copies, and stops when asked", async () => {
    await expect(sameLabels(classifier(0), classifier(0), { ...compared, copies: 0 })).rejects.toThrow(
      expect.objectContaining({
        name: "ArgumentError",
        message: "sameLabels: copies must be an integer of at least 1, got 0",
      }),
    );
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(sameLabels(classifier(0), classifier(0), { ...compared, signal })).rejects.toThrow("enough");
  });
});
