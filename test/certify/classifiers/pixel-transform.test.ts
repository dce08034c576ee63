import fc from "fast-check";
import { ArgumentError, type ImageShape } from "smoothcert";
import type { PixelScaling } from "smoothcert/certify";
import { describe, expect, it } from "vitest";
import { pixelTransform } from "../../../certify/classifiers/pixel-transform.js";

const anyShape: fc.Arbitrary<ImageShape> = fc.tuple(
  fc.integer({ min: 1, max: 5 }),
  fc.integer({ min: 1, max: 5 }),
  fc.integer({ min: 1, max: 4 }),
);
const dimension = ([h, w, c]: ImageShape): number => h * w * c;
const distinct = (length: number): Float32Array => Float32Array.from({ length }, (_, i) => i);

describe("pixelTransform", () => {
  it("puts pixel (y, x, c) of image i where NCHW has it", () => {
    fc.assert(
      fc.property(anyShape, fc.integer({ min: 1, max: 4 }), (shape, count) => {
        const [height, width, channels] = shape;
        const batch = distinct(count * dimension(shape));
        const transform = pixelTransform(shape, "nchw");
        const out = new Float32Array(batch.length);
        if (transform === undefined) out.set(batch);
        else transform(batch, count, out);
        for (let i = 0; i < count; i++)
          for (let y = 0; y < height; y++)
            for (let x = 0; x < width; x++)
              for (let c = 0; c < channels; c++) {
                const from = ((i * height + y) * width + x) * channels + c;
                const to = ((i * channels + c) * height + y) * width + x;
                expect(out[to]).toBe(batch[from]);
              }
      }),
    );
  });

  it("makes (scale x - mean) / std of each channel, in either layout", () => {
    const value = fc.double({ min: -3, max: 3, noNaN: true });
    const nonzero = fc.double({ min: 0.1, max: 300, noNaN: true });
    const cases = anyShape.chain((shape) =>
      fc.record({
        shape: fc.constant(shape),
        scale: nonzero,
        mean: fc.oneof(
          fc.array(value, { minLength: 1, maxLength: 1 }),
          fc.array(value, { minLength: shape[2], maxLength: shape[2] }),
        ),
        std: fc.oneof(
          fc.array(nonzero, { minLength: 1, maxLength: 1 }),
          fc.array(nonzero, { minLength: shape[2], maxLength: shape[2] }),
        ),
      }),
    );
    fc.assert(
      fc.property(cases, fc.constantFrom("nhwc" as const, "nchw" as const), ({ shape, scale, mean, std }, layout) => {
        const channels = shape[2];
        const batch = distinct(2 * dimension(shape)).map((v) => v / 50 - 1);
        const scaled = batch.map((v, i) => {
          const c = i % channels;
          return (scale * v - (mean[c] ?? mean[0])) / (std[c] ?? std[0]);
        });
        const out = new Float32Array(batch.length);
        const transform = pixelTransform(shape, layout, { scale, mean, std });
        if (transform === undefined) out.set(batch);
        else transform(batch, 2, out);
        const expected = new Float32Array(batch.length);
        const arrange = pixelTransform(shape, layout);
        if (arrange === undefined) expected.set(scaled);
        else arrange(scaled, 2, expected);
        expect(out).toEqual(expected);
      }),
    );
  });

  it("touches the first count images only", () => {
    const out = new Float32Array(12).fill(-1);
    pixelTransform([1, 2, 2], "nchw")?.(distinct(12), 2, out);
    expect([...out]).toEqual([0, 2, 1, 3, 4, 6, 5, 7, -1, -1, -1, -1]);
  });

  it("is not there where the network takes the batch as it is", () => {
    expect(pixelTransform([2, 2, 3], "nhwc")).toBeUndefined();
    expect(pixelTransform([2, 2, 1], "nchw")).toBeUndefined();
    expect(pixelTransform([2, 2, 3], "nhwc", { scale: 1, mean: [0, 0, 0], std: [1] })).toBeUndefined();
    expect(pixelTransform([2, 2, 1], "nhwc", { scale: 255 })).toBeDefined();
  });

  it.each<[PixelScaling, string]>([
    [{ scale: 0 }, "pixelTransform: scale must be finite and not 0, got 0"],
    [{ scale: Number.NaN }, "pixelTransform: scale must be finite and not 0, got NaN"],
    [{ mean: [1, 2] }, "pixelTransform: mean must be one number or 3, one a channel, got [1,2]"],
    [{ mean: [] }, "pixelTransform: mean must be one number or 3, one a channel, got []"],
    [{ mean: [Number.NaN] }, 'pixelTransform: mean must be finite, got ["NaN"]'],
    [{ std: [1, 0, 1] }, "pixelTransform: std must be not 0, got [1,0,1]"],
    [{ std: [Infinity] }, 'pixelTransform: std must be finite, got ["Infinity"]'],
  ])("refuses %j", (scaling, message) => {
    expect(() => pixelTransform([2, 2, 3], "nhwc", scaling)).toThrow(ArgumentError);
    expect(() => pixelTransform([2, 2, 3], "nhwc", scaling)).toThrow(message);
  });
});
