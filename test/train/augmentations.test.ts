import * as tf from "@tensorflow/tfjs-core";
import { CounterRandom, createDataset, type Dataset, gaussianNoise, STREAM, useEngine } from "smoothcert";
import {
  type Apply,
  type Augmentation,
  type CopyRows,
  chain,
  drawCopies,
  gaussianCopies,
  maxup,
  optionsOf,
  TRANSFORMS,
  type TrainState,
  train,
  transformedCopies,
  usageOf,
} from "smoothcert/train";
import { beforeAll, describe, expect, it } from "vitest";
import { chiSquareOf, describeChiSquare, largestChiSquare } from "../laws/chi-square.js";
import { runSeed } from "../laws/seed.js";
import { binomialRange } from "../laws/statistics.js";
import { perceptron, toyData, toySettings, weightsOf } from "./support.js";

beforeAll(async () => {
  await useEngine("wasm");
});

/** How each transform is written in these tests: a new one needs a line. */
const EXAMPLES: Readonly<Record<string, string>> = {
  crop: "crop:2",
  flip: "flip",
  rotate: "rotate:30",
  jitter: "jitter:0.4:0.4",
  cutout: "cutout:3",
  mixup: "mixup:0.5",
  cutmix: "cutmix:1",
};
const CHAINS = [...Object.values(EXAMPLES), "crop:2,flip", "flip,crop:1,crop:2", "crop:1,flip,cutmix:1:0.5,cutout:2"];
/** Those that move pixels, and change none. */
const MOVES = CHAINS.filter((text) => !/rotate|jitter|cut|mix/.test(text));
const MIXES = /mix/;

const [HEIGHT, WIDTH, CHANNELS] = [6, 5, 2];
const SIZE = HEIGHT * WIDTH * CHANNELS;

/** Images all of whose pixels differ, and none is 0; two classes. */
const IMAGES: Dataset = createDataset({
  name: "distinct",
  split: "train",
  shape: [HEIGHT, WIDTH, CHANNELS],
  classes: ["a", "b"],
  pixels: Uint8Array.from({ length: 3 * SIZE }, (_, j) => 4 * (j % SIZE) + 1 + Math.floor(j / SIZE)),
  labels: [0, 1, 1],
  source: "test",
});

/** The first image of {@link IMAGES}, time and again, among others. */
const SAME: Dataset = { ...IMAGES, example: (i) => IMAGES.example(i < 2 ? 0 : i) };

interface Draw {
  readonly example?: number;
  readonly sample?: number;
  readonly seed?: number;
  readonly dataset?: Dataset;
}

/** Copies of an image of IMAGES, in rows that a number which is none stands before and after. */
function rowsOf(augmentation: Augmentation, count: number, draw: Draw = {}): CopyRows {
  const { example = 0, sample = 0, seed = 1, dataset = IMAGES } = draw;
  const rows = {
    pixels: new Float32Array((count + 2) * SIZE).fill(Number.NaN),
    targets: new Float32Array((count + 2) * 2).fill(Number.NaN),
  };
  const image = dataset.example(example);
  for (let c = 1; c <= count; c++) rows.targets.set(image.label === 0 ? [1, 0] : [0, 1], c * 2);
  augmentation.augment(rows, 1, count, image, { seed, stream: STREAM.training, example, sample });
  return rows;
}

/** The same copies by themselves; without noise unless asked for. */
function copiesOf(text: string, count: number, draw: Draw = {}, sigma = 0): Float32Array[] {
  const { pixels } = rowsOf(transformedCopies(text, sigma, draw.dataset ?? IMAGES), count, draw);
  return Array.from({ length: count }, (_, c) => pixels.slice((c + 1) * SIZE, (c + 2) * SIZE));
}

/** An image of IMAGES in [0, 1]. */
function unit(example = 0): Float32Array {
  return Float32Array.from(IMAGES.example(example).pixels, (level) => level / 255);
}

/** The pixel that ends at each place, by a function of the place; 0 where that lies outside. */
function moved(image: Float32Array, from: (row: number, column: number) => [number, number]): string {
  return Float32Array.from(image, (_, j) => {
    const [place, channel] = [Math.floor(j / CHANNELS), j % CHANNELS];
    const [row, column] = from(Math.floor(place / WIDTH), place % WIDTH);
    const inside = row >= 0 && row < HEIGHT && column >= 0 && column < WIDTH;
    return inside ? image[(row * WIDTH + column) * CHANNELS + channel] : 0;
  }).join();
}

const mirror = (image: Float32Array): string => moved(image, (row, column) => [row, WIDTH - 1 - column]);

/** All shifts by up to `padding` pixels, as {@link moved} writes them. */
function shifts(image: Float32Array, padding: number): string[] {
  const steps = Array.from({ length: 2 * padding + 1 }, (_, i) => i - padding);
  return steps.flatMap((down) => steps.map((right) => moved(image, (r, c) => [r - down, c - right])));
}

/** Expects what was drawn to be one of the outcomes each time, all of them equally likely. */
function expectUniform(drawn: readonly string[], outcomes: readonly string[]): void {
  const counts = outcomes.map(() => 0);
  for (const each of drawn) {
    expect(outcomes).toContain(each);
    counts[outcomes.indexOf(each)] += 1;
  }
  const found = chiSquareOf(
    counts,
    outcomes.map(() => drawn.length / outcomes.length),
  );
  expect(found.statistic, describeChiSquare(found)).toBeLessThan(largestChiSquare(found.freedom));
}

const refusal = (message: string | RegExp) => expect.objectContaining({ name: "ArgumentError", message });

it("is tested with each transform there is", () => {
  expect(Object.keys(EXAMPLES)).toEqual(TRANSFORMS.map(({ name }) => name));
});

describe.each(CHAINS)("copies transformed by %s", (text) => {
  it("are the same for the same address, and others for other seeds, examples and samples", () => {
    // All of 64 copies are alike by chance at most once in 2^63 times.
    const [one, same] = [copiesOf(text, 64), copiesOf(text, 64)];
    expect(same).toEqual(one);
    expect(new Set(one.map(String)).size).toBeGreaterThan(1);
    const draws = [{}, { seed: 2 }, { example: 1 }, { sample: 64 }];
    const drawn = draws.map((draw) => String(copiesOf(text, 64, { ...draw, dataset: SAME })));
    expect(new Set(drawn).size).toBe(4);
  });

  it("do not depend on what is drawn with them, nor in which order", () => {
    const together = copiesOf(text, 9, { sample: 7 });
    const alone = [8, 3, 0, 5].map((c) => copiesOf(text, 1, { sample: 7 + c })[0]);
    expect(alone).toEqual([together[8], together[3], together[0], together[5]]);
    const augmentation = transformedCopies(text, 0.3, IMAGES);
    const draw = { dataset: IMAGES, augmentation, copies: 3, seed: 1, firstSample: 6 };
    const batch = (examples: number[]): number[] => {
      const { images, targets } = drawCopies({ ...draw, examples });
      const values = [...images.dataSync(), ...targets.dataSync()];
      tf.dispose([images, targets]);
      return values;
    };
    const [first, second] = [batch([2]), batch([0])];
    const both = [first, second].flatMap((values) => values.slice(0, 3 * SIZE));
    expect(batch([2, 0]).slice(0, 6 * SIZE)).toEqual(both);
  });

  it("fill their rows and no others, keep their label or share it out, and leave the data set as it is", () => {
    const before = IMAGES.example(1).pixels.slice();
    const { pixels, targets } = rowsOf(transformedCopies(text, 0.3, IMAGES), 5, { example: 1 });
    const isOutside = (row: number): boolean => row === 0 || row === 6;
    pixels.forEach((value, j) => void expect(Number.isNaN(value)).toBe(isOutside(Math.floor(j / SIZE))));
    for (let c = 1; c <= 5; c++) {
      const [a, b] = targets.slice(2 * c, 2 * c + 2);
      expect(a + b).toBeCloseTo(1, 6);
      expect(Math.min(a, b)).toBeGreaterThanOrEqual(0);
      if (!MIXES.test(text)) expect([a, b]).toEqual([0, 1]);
    }
    expect(IMAGES.example(1).pixels).toEqual(before);
  });

  it("have the noise of their address added to the transformed image", () => {
    const clean = copiesOf(text, 4, { sample: 3 });
    const noisy = copiesOf(text, 4, { sample: 3 }, 0.3);
    clean.forEach((image, c) => {
      const expected = new Float32Array(SIZE);
      const address = { seed: 1, stream: STREAM.training, example: 0, sample: 3 + c };
      gaussianNoise(0.3).perturb(expected, 0, image, address, 1);
      expect(noisy[c]).toEqual(expected);
    });
  });

  it.skipIf(text.startsWith("mixup"))("are refused of tables, and of images of one pixel", () => {
    const dataOf = (table: boolean): Dataset => {
      const pixels = Float32Array.of(0.5, 0.25);
      const classes = ["a", "b"];
      return createDataset({
        name: "vectors",
        split: "train",
        shape: [1, 1, 2],
        classes,
        pixels,
        table,
        labels: [0],
        source: "test",
      });
    };
    const [name] = text.split(/[:,]/);
    const found = [true, false].map((table) => () => transformedCopies(text, 0.3, dataOf(table)));
    const rule = `${name}: data must be images of more than one pixel, got`;
    expect(found[0]).toThrow(refusal(`${rule} "a table". Leave ${name} out of augment`));
    expect(found[1]).toThrow(refusal(`${rule} "images of 1x1 pixel". Leave ${name} out of augment`));
  });
});

describe.each(MOVES)("copies moved by %s", (text) => {
  it("hold values of the image, or zeros, in the channel where these were", () => {
    const channel = (image: Float32Array, which: number): number[] => [...image].filter((_, j) => j % 2 === which);
    for (const copy of copiesOf(text, 20)) {
      for (const which of [0, 1]) {
        const known = new Set([0, ...channel(unit(), which)]);
        expect(channel(copy, which).filter((value) => !known.has(value))).toEqual([]);
      }
    }
  });
});

describe.each(TRANSFORMS.map((transform) => [transform.name, transform] as const))("%s", (name, transform) => {
  it("describes itself and each option, and refuses numbers out of range, by name and value", () => {
    expect(transform.description).not.toBe("");
    optionsOf(transform).forEach((option, i) => {
      expect(option.description).not.toBe("");
      for (const wrong of ["-1", "", "x"]) {
        const text = [name, ...Array.from({ length: i }, () => "1"), wrong].join(":");
        const owner = `${option.name} (of augment ${usageOf(transform)})`;
        const got = wrong === "-1" ? "-1" : JSON.stringify(wrong);
        expect(() => transformedCopies(text, 0, IMAGES)).toThrow(
          refusal(`train: ${owner} must be ${option.rule}, got ${got}`),
        );
      }
    });
  });
});

describe("a crop", () => {
  // Chi-square tests here and below fail by chance with a probability of 1e-8 at most.
  it("is every shift by up to its padding, all equally likely", () => {
    const drawn = copiesOf("crop:2", 5000, { seed: runSeed }).map(String);
    expectUniform(drawn, shifts(unit(), 2));
  });

  it("is independent of that of the next copy", () => {
    const drawn = copiesOf("crop:1", 8100, { seed: runSeed }).map(String);
    const pairs = drawn.flatMap((one, c) => (c % 2 === 0 ? [`${one} ${drawn[c + 1]}`] : []));
    const all = shifts(unit(), 1);
    expectUniform(
      pairs,
      all.flatMap((one) => all.map((next) => `${one} ${next}`)),
    );
  });

  it("is refused where its padding is as long as the image's shorter side", () => {
    expect(() => transformedCopies("crop:4", 0, IMAGES)).not.toThrow();
    expect(() => transformedCopies("crop:5", 0, IMAGES)).toThrow(
      refusal("crop: padding must be less than the images' shorter side, 5, got 5"),
    );
  });
});

describe("a flip", () => {
  const [plain, flipped] = [unit().join(), mirror(unit())];
  // Outside of these ranges with a probability of 1e-8: 5.7 standard errors.
  const { least, most } = binomialRange(4000, 0.5);

  it.each(["flip", "flip,flip"])("written %s is the image or its mirror image, equally likely", (text) => {
    const drawn = copiesOf(text, 4000, { seed: runSeed }).map(String);
    expect(drawn.filter((each) => each !== plain && each !== flipped)).toEqual([]);
    const count = drawn.filter((each) => each === plain).length;
    expect(count).toBeGreaterThanOrEqual(least);
    expect(count).toBeLessThanOrEqual(most);
  });

  it("is independent of the crop before it", () => {
    const drawn = copiesOf("crop:1,flip", 5400, { seed: runSeed }).map(String);
    const cropped = shifts(unit(), 1);
    const both = cropped.flatMap((image) => [image, mirror(Float32Array.from(image.split(","), Number))]);
    expectUniform(drawn, both);
  });
});

describe("a chain", () => {
  it("without transforms is its noise", () => {
    const noise = gaussianCopies(0.3);
    expect(chain("none", [], noise, IMAGES)).toBe(noise);
    expect(transformedCopies("none", 0.3, IMAGES)).toMatchObject({ name: noise.name, gaussianSigma: 0.3 });
  });

  it("says what it is made of, and is not taken for noise alone", () => {
    const augmentation = transformedCopies("crop:2,flip", 0.3, IMAGES);
    expect(augmentation.name).toBe(`crop:2,flip, ${gaussianCopies(0.3).name}`);
    expect(augmentation.gaussianSigma).toBeUndefined();
  });

  it("has two halves, of which its copies are made: the transform and the noise at their address", () => {
    const { augment, halves } = transformedCopies("crop:2,flip", 0.3, IMAGES);
    const address = { seed: 1, stream: STREAM.training, example: 2, sample: 5 };
    const empty = (): CopyRows => ({ pixels: new Float32Array(SIZE), targets: new Float32Array(2) });
    const [whole, joined] = [empty(), empty()];
    augment(whole, 0, 1, IMAGES.example(2), address);
    const { pixels } = halves!.transform({ pixels: unit(2), target: Float32Array.of(0, 1) }, address);
    halves!.noise.augment(joined, 0, 1, { pixels, label: 1 }, address);
    expect(joined.pixels).toEqual(whole.pixels);
    expect(halves!.noise).toMatchObject({ name: gaussianCopies(0.3).name, gaussianSigma: 0.3 });
  });

  it("reads a stream of its own, which neither the noise nor anything else reads", () => {
    const words: number[] = [];
    const listen: Apply = (image, source) => {
      words.push(source.uint32());
      return image;
    };
    rowsOf(chain("listen", [listen], gaussianCopies(0), IMAGES), 2, { example: 2, sample: 5, seed: 7 });
    const address = { seed: 7, stream: STREAM.augmentation, example: 2, sample: 5 };
    const expected = [address, { ...address, sample: 6 }].map((each) => new CounterRandom(each).uint32());
    expect(words).toEqual(expected);
  });

  it("hands on what a transform makes of the label", () => {
    const mixed = chain(
      "mix",
      [(image) => ({ ...image, target: Float32Array.of(0.25, 0.75) })],
      gaussianCopies(0),
      IMAGES,
    );
    expect([...rowsOf(mixed, 2).targets.slice(2, -2)]).toEqual([0.25, 0.75, 0.25, 0.75]);
  });

  it.each(["spin", "", "crop:2,", "flip:1", "crop:1:2", "none,flip", "crop:2, flip", "Flip"])(
    "written %j is refused, with what there is",
    (text) => {
      const wrong = text.split(",").at(text === "none,flip" ? 0 : -1);
      const rule = `train: augment must be none or a list of ${TRANSFORMS.map(usageOf).join(", ")}`;
      expect(() => transformedCopies(text, 0, IMAGES)).toThrow(refusal(`${rule}, got ${JSON.stringify(wrong)}`));
    },
  );

  it("has one text: numbers are written in their usual form", () => {
    const rule = "train: padding (of augment crop:<padding>) must be an integer of at least 1, got";
    expect(() => transformedCopies("crop:02", 0, IMAGES)).toThrow(refusal(`${rule} "02"`));
    expect(() => transformedCopies("crop", 0, IMAGES)).toThrow(refusal(`${rule} nothing`));
    expect(() => transformedCopies("crop:1.5", 0, IMAGES)).toThrow(refusal(`${rule} 1.5`));
  });
});

describe("a training with transforms", () => {
  const dataset = toyData();
  const augmentation = transformedCopies("crop:1,flip", 0.3, dataset);

  it.each([
    ["whose copies are transformed by themselves", maxup(3)],
    ["whose copies share a transform", maxup(3, 2)],
  ])("%s, stopped and resumed, ends where an uninterrupted one does, bit for bit", async (_, objective) => {
    const [whole, parts, plain] = [perceptron(), perceptron(), perceptron()];
    const options = { dataset, objective, augmentation, settings: toySettings({ warmup: 1 }) };
    await train({ ...options, model: whole });
    const stop = new AbortController();
    const states: TrainState[] = [];
    const stopped = train({
      ...options,
      model: perceptron(),
      signal: stop.signal,
      hooks: { onStep: ({ epoch, step }) => epoch === 2 && step === 2 && stop.abort() },
      checkpoint: { where: "memory", save: async (state) => void states.push(state) },
    });
    await expect(stopped).rejects.toMatchObject({ name: "InterruptedError" });
    await train({ ...options, model: parts, resume: states.at(-1)! });
    expect(weightsOf(parts)).toEqual(weightsOf(whole));
    await train({ ...options, model: plain, augmentation: gaussianCopies(0.3) });
    expect(weightsOf(plain)).not.toEqual(weightsOf(whole));
  });
});
