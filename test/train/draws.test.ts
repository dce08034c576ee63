import * as tf from "@tensorflow/tfjs-core";
import { type Example, gaussianNoise, STREAM, useEngine } from "smoothcert";
import { type Augmentation, drawCopies, gaussian, maxup, noisyCopies, type Objective, train } from "smoothcert/train";
import { beforeAll, describe, expect, it } from "vitest";
import { perceptron, toyData, toyNoise, toySettings } from "./support.js";

beforeAll(async () => {
  await useEngine("wasm");
});

/** Every copy that a training draws, by example, in the order of drawing: the bytes of its pixels in hex. */
async function copiesDrawn(objective: Objective, seed: number, warmup = 0): Promise<Map<Example["label"], string[]>> {
  const drawn = new Map<number, string[]>();
  const watched: Augmentation = {
    name: "watched",
    augment(copies, row, count, example, address) {
      toyNoise.augment(copies, row, count, example, address);
      const size = example.pixels.length;
      const own = drawn.get(address.example) ?? [];
      for (let c = row; c < row + count; c++) {
        own.push(Buffer.from(copies.pixels.slice(c * size, (c + 1) * size).buffer).toString("hex"));
      }
      drawn.set(address.example, own);
    },
  };
  const settings = toySettings({ seed, warmup, epochs: 4 });
  await train({ model: perceptron(), dataset: toyData(), objective, augmentation: watched, settings });
  return drawn;
}

describe("the copies that a training draws", () => {
  it("are m different ones of each example, new in every epoch", async () => {
    const drawn = await copiesDrawn(maxup(3), 1);
    expect(drawn.size).toBe(23);
    const all = [...drawn.values()].flat();
    expect(all.length).toBe(23 * 4 * 3);
    expect(new Set(all).size).toBe(all.length);
  });

  it("are one of each example in the warm-up epochs", async () => {
    const drawn = await copiesDrawn(maxup(3), 1, 2);
    for (const own of drawn.values()) {
      expect(own.length).toBe(2 * 1 + 2 * 3);
      expect(new Set(own).size).toBe(own.length);
    }
  });

  it("depend on the seed and on nothing else", async () => {
    const [one, same, other] = [
      await copiesDrawn(gaussian(), 1),
      await copiesDrawn(gaussian(), 1),
      await copiesDrawn(gaussian(), 2),
    ];
    expect(same).toEqual(one);
    const old = new Set([...one.values()].flat());
    expect([...other.values()].flat().some((copy) => old.has(copy))).toBe(false);
  });
});

describe("drawCopies", () => {
  it("puts the copies of an example back to back, each where its address says, with its label", () => {
    const dataset = toyData();
    const noise = gaussianNoise(0.3);
    const draw = {
      dataset,
      augmentation: noisyCopies(noise),
      examples: [4, 0, 19],
      copies: 2,
      seed: 9,
      firstSample: 6,
    };
    const batch = drawCopies(draw);
    const expected = new Float32Array(6 * 60);
    draw.examples.forEach((example, i) => {
      const address = { seed: 9, stream: STREAM.training, example, sample: 6 };
      noise.perturb(expected, i * 2 * 60, dataset.example(example).pixels, address, 2);
    });
    expect(batch.images.shape).toEqual([6, 6, 5, 2]);
    expect(batch.images.dataSync()).toEqual(expected);
    expect([...tf.argMax(batch.targets, 1).dataSync()]).toEqual([1, 1, 0, 0, 1, 1]);
    expect([...tf.sum(batch.targets, 1).dataSync()]).toEqual([1, 1, 1, 1, 1, 1]);
    tf.dispose([batch.images, batch.targets]);
  });

  it("lets an augmentation mix labels", () => {
    const half: Augmentation = {
      name: "half",
      augment({ targets }, row) {
        targets.fill(1 / 3, row * 3, (row + 1) * 3);
      },
    };
    const batch = drawCopies({
      dataset: toyData(),
      augmentation: half,
      examples: [0],
      copies: 1,
      seed: 0,
      firstSample: 0,
    });
    expect([...batch.targets.dataSync()]).toEqual([1, 1, 1].map((x) => Math.fround(x / 3)));
    tf.dispose([batch.images, batch.targets]);
  });
});

describe("label smoothing", () => {
  const draw = (labelSmoothing: number, augmentation: Augmentation = toyNoise) => ({
    dataset: toyData(),
    augmentation,
    examples: [0, 1, 2],
    copies: 2,
    seed: 1,
    firstSample: 0,
    labelSmoothing,
  });

  it("shares a part of each label out among all classes, mixed labels too, and changes no pixel", () => {
    const mixed: Augmentation = {
      name: "mixed",
      augment(copies, row, count, example, address) {
        toyNoise.augment(copies, row, count, example, address);
        copies.targets.fill(0.5, 3 * row, 3 * (row + count) - 1);
      },
    };
    for (const augmentation of [toyNoise, mixed]) {
      const [plain, smoothed] = [0, 0.3].map((part) => drawCopies(draw(part, augmentation)));
      expect(smoothed.images.dataSync()).toEqual(plain.images.dataSync());
      const targets = plain.targets.dataSync();
      smoothed.targets.dataSync().forEach((value, i) => void expect(value).toBeCloseTo(0.7 * targets[i] + 0.1, 6));
      tf.dispose([plain.images, plain.targets, smoothed.images, smoothed.targets]);
    }
  });

  it("is that of a training, whose loss on a uniform guess it leaves as it is", async () => {
    const losses: number[] = [];
    for (const labelSmoothing of [0, 0.5]) {
      const settings = toySettings({ epochs: 1, batch: 23, labelSmoothing });
      const { history } = await train({
        model: perceptron(),
        dataset: toyData(),
        objective: gaussian(),
        augmentation: toyNoise,
        settings,
      });
      losses.push(history[0].loss);
    }
    // Before the first step the loss is -mean log p[y]; smoothed, half of it is the mean over all classes.
    const { images, targets } = drawCopies({
      ...draw(0),
      examples: Array.from({ length: 23 }, (_, i) => i),
      copies: 1,
      seed: 5,
    });
    const logits = perceptron().predict(images) as tf.Tensor2D;
    const expected = [0, 0.5].map((part) => {
      const soft = tf.add(tf.mul(targets, 1 - part), part / 3);
      return (tf.losses.softmaxCrossEntropy(soft, logits) as tf.Scalar).dataSync()[0];
    });
    expect(losses[0]).toBeCloseTo(expected[0], 4);
    expect(losses[1]).toBeCloseTo(expected[1], 4);
  });
});
