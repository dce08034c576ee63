import fc from "fast-check";
import { CounterRandom, createDataset, type Dataset, STREAM } from "smoothcert";
import { type LabelledImage, type OptionValue, TRANSFORMS } from "smoothcert/train";
import { describe, expect, it } from "vitest";
import { betaDraw } from "../../train/augmentations/beta.js";
import { chiSquareOf, describeChiSquare, largestChiSquare } from "../laws/chi-square.js";
import { runSeed } from "../laws/seed.js";

/** The laws of transforms that change pixels or mix images. */

const [HEIGHT, WIDTH] = [7, 6];

/** A data set of one image in [0, 1], of class 0 of three. */
function dataOf(pixels: Float32Array, channels: number): Dataset {
  const classes = ["a", "b", "c"];
  const shape = [HEIGHT, WIDTH, channels] as const;
  return createDataset({ name: "one", split: "train", shape, classes, pixels, labels: [0], source: "test" });
}

const imageOf = (pixels: Float32Array, label = 0): LabelledImage => ({
  pixels,
  target: Float32Array.from({ length: 3 }, (_, c) => (c === label ? 1 : 0)),
});

/** Any image in [0, 1]. */
const images = (channels: number) =>
  fc
    .array(fc.double({ min: 0, max: 1, noNaN: true }), {
      minLength: HEIGHT * WIDTH * channels,
      maxLength: HEIGHT * WIDTH * channels,
    })
    .map((values) => Float32Array.from(values));

const random = (sample: number): CounterRandom =>
  new CounterRandom({ seed: runSeed, stream: STREAM.augmentation, example: 0, sample });

/** A transform of images like these. */
function transform(name: string, options: Record<string, OptionValue>, dataset: Dataset) {
  const found = TRANSFORMS.find((each) => each.name === name)!;
  const apply = found.create(found.options.parse(options) as never, dataset);
  return (image: LabelledImage, sample: number, other = image): LabelledImage =>
    apply(image, random(sample), () => other);
}

const draws = fc.nat(1_000_000);

describe("cutout", () => {
  it("is the image but for a square of the mean colour, cut off at the edges", () => {
    fc.assert(
      fc.property(images(2), fc.integer({ min: 1, max: 9 }), draws, (pixels, size, sample) => {
        const dataset = dataOf(pixels, 2);
        const mean = [0, 1].map(
          (c) => pixels.filter((_, j) => j % 2 === c).reduce((a, b) => a + b, 0) / (HEIGHT * WIDTH),
        );
        const { pixels: out, target } = transform("cutout", { size }, dataset)(imageOf(pixels), sample);
        const centre = random(sample);
        const [row, column] = [centre.integer(HEIGHT), centre.integer(WIDTH)];
        const [top, left] = [row - Math.floor(size / 2), column - Math.floor(size / 2)];
        out.forEach((value, j) => {
          const [r, c] = [Math.floor(j / (2 * WIDTH)), Math.floor(j / 2) % WIDTH];
          const cut = r >= top && r < top + size && c >= left && c < left + size;
          if (cut) expect(value).toBeCloseTo(mean[j % 2], 5);
          else expect(value).toBe(pixels[j]);
        });
        expect([...target]).toEqual([1, 0, 0]);
      }),
    );
  });
});

describe("mixup", () => {
  it("mixes pixels and labels in one proportion", () => {
    fc.assert(
      fc.property(images(1), images(1), fc.double({ min: 0.01, max: 4, noNaN: true }), draws, (a, b, alpha, sample) => {
        const mix = transform("mixup", { alpha }, dataOf(a, 1));
        const { pixels, target } = mix(imageOf(a), sample, imageOf(b, 2));
        const p = target[0];
        expect(p).toBeGreaterThanOrEqual(0);
        expect(p + target[2]).toBeCloseTo(1, 6);
        expect(target[1]).toBe(0);
        pixels.forEach((value, j) => void expect(value).toBeCloseTo(p * a[j] + (1 - p) * b[j], 5));
      }),
    );
  });

  // Chi-square: fails by chance with a probability of 1e-8 at most. P(p <= x) of Beta(alpha, alpha) in closed form.
  it.each([
    ["1: uniform", 1, (x: number) => x],
    ["1/2: the arcsine law", 0.5, (x: number) => (2 / Math.PI) * Math.asin(Math.sqrt(x))],
    ["2: 3x^2 - 2x^3", 2, (x: number) => 3 * x ** 2 - 2 * x ** 3],
  ])("has proportions of Beta(alpha, alpha), alpha = %s", (_, alpha, cdf) => {
    const [n, bins] = [20_000, 20];
    const counts = new Array<number>(bins).fill(0);
    for (let i = 0; i < n; i++) counts[Math.floor(bins * betaDraw(alpha, random(i)))] += 1;
    const expected = counts.map((_, i) => n * (cdf((i + 1) / bins) - cdf(i / bins)));
    const found = chiSquareOf(counts, expected);
    expect(found.statistic, describeChiSquare(found)).toBeLessThan(largestChiSquare(found.freedom));
  });
});

describe("cutmix", () => {
  it("takes each pixel from one image or the other, a box of them, and labels in proportion", () => {
    fc.assert(
      fc.property(fc.double({ min: 0.1, max: 4, noNaN: true }), draws, (alpha, sample) => {
        const [a, b] = [0, 1].map((value) => new Float32Array(HEIGHT * WIDTH * 3).fill(value));
        const { pixels, target } = transform("cutmix", { alpha }, dataOf(a, 3))(imageOf(a), sample, imageOf(b, 1));
        const taken = [...pixels].flatMap((value, j) => (value === 1 && j % 3 === 0 ? [j / 3] : []));
        expect(pixels.every((value, j) => value === (taken.includes(Math.floor(j / 3)) ? 1 : 0))).toBe(true);
        const [rows, columns] = [taken.map((at) => Math.floor(at / WIDTH)), taken.map((at) => at % WIDTH)];
        const side = (list: number[]): number => (list.length === 0 ? 0 : Math.max(...list) - Math.min(...list) + 1);
        expect(taken.length).toBe(side(rows) * side(columns));
        expect(target[1]).toBeCloseTo(taken.length / (HEIGHT * WIDTH), 6);
        expect(target[0] + target[1]).toBeCloseTo(1, 6);
      }),
    );
  });

  it("with a probability cuts that part of the copies", () => {
    const [a, b] = [0, 1].map((value) => new Float32Array(HEIGHT * WIDTH).fill(value));
    const cut = transform("cutmix", { alpha: 1, probability: 0.25 }, dataOf(a, 1));
    const n = 4000;
    const same = Array.from({ length: n }, (_, i) => cut(imageOf(a), i, imageOf(b, 1)).pixels === a).filter(Boolean);
    // 5.7 standard errors: fails by chance once in 10^8 times.
    expect(Math.abs(same.length - 0.75 * n)).toBeLessThan(5.7 * Math.sqrt(n * 0.25 * 0.75));
  });
});

describe("a rotation", () => {
  /** A plane over the image, around its centre: bilinear values between pixels are exact. */
  const plane = (down: number, right: number): Float32Array =>
    Float32Array.from({ length: HEIGHT * WIDTH }, (_, j) => {
      const [r, c] = [Math.floor(j / WIDTH) - (HEIGHT - 1) / 2, (j % WIDTH) - (WIDTH - 1) / 2];
      return 0.5 + down * r + right * c;
    });

  it("turns a plane by the angle that it draws, anticlockwise", () => {
    const slopes = fc.double({ min: -0.1, max: 0.1, noNaN: true });
    fc.assert(
      fc.property(
        slopes,
        slopes,
        fc.double({ min: 1, max: 180, noNaN: true }),
        draws,
        (down, right, degrees, sample) => {
          const pixels = plane(down, right);
          const angle = ((2 * random(sample).uniform() - 1) * degrees * Math.PI) / 180;
          const { pixels: out } = transform("rotate", { degrees }, dataOf(pixels, 1))(imageOf(pixels), sample);
          const [sin, cos] = [Math.sin(angle), Math.cos(angle)];
          const expected = plane(cos * down - sin * right, sin * down + cos * right);
          // Around the centre: nothing from outside comes there.
          for (const r of [2, 3, 4]) {
            for (const c of [2, 3]) expect(out[r * WIDTH + c]).toBeCloseTo(expected[r * WIDTH + c], 5);
          }
        },
      ),
    );
  });
});

describe("colour jitter", () => {
  it("of brightness multiplies all pixels by one factor, cut to [0, 1]", () => {
    fc.assert(
      fc.property(images(3), fc.double({ min: 0.01, max: 1, noNaN: true }), draws, (pixels, brightness, sample) => {
        const factor = 1 + (2 * random(sample).uniform() - 1) * brightness;
        const { pixels: out } = transform("jitter", { brightness }, dataOf(pixels, 3))(imageOf(pixels), sample);
        out.forEach((value, j) => void expect(value).toBeCloseTo(Math.min(1, factor * pixels[j]), 5));
      }),
    );
  });

  it("of contrast keeps the mean where nothing is cut; of saturation keeps greys", () => {
    fc.assert(
      fc.property(images(1), draws, (grey, sample) => {
        const mild = grey.map((value) => 0.4 + 0.2 * value);
        const mean = (values: Float32Array): number => values.reduce((a, b) => a + b, 0) / values.length;
        const contrast = transform("jitter", { brightness: 0, contrast: 1 }, dataOf(mild, 1));
        expect(mean(contrast(imageOf(mild), sample).pixels)).toBeCloseTo(mean(mild), 5);
        const coloured = Float32Array.from({ length: 3 * mild.length }, (_, j) => mild[Math.floor(j / 3)]);
        const saturation = transform("jitter", { brightness: 0, contrast: 0, saturation: 1 }, dataOf(coloured, 3));
        saturation(imageOf(coloured), sample).pixels.forEach(
          (value, j) => void expect(value).toBeCloseTo(coloured[j], 5),
        );
      }),
    );
  });

  it("stays in [0, 1]", () => {
    fc.assert(
      fc.property(images(3), draws, (pixels, sample) => {
        const all = transform("jitter", { brightness: 1, contrast: 1, saturation: 1 }, dataOf(pixels, 3));
        for (const value of all(imageOf(pixels), sample).pixels) {
          expect(value).toBeGreaterThanOrEqual(0);
          expect(value).toBeLessThanOrEqual(1);
        }
      }),
    );
  });
});
