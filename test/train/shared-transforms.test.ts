import * as tf from "@tensorflow/tfjs-core";
import { useEngine } from "smoothcert";
import {
  type Apply,
  type Augmentation,
  chain,
  createObjective,
  drawCopies,
  exampleBatch,
  gaussian,
  gaussianCopies,
  METHODS,
  type MethodSettings,
  type Objective,
  steepest,
  type TrainSettings,
  train,
  transformedCopies,
  withSharedTransform,
} from "smoothcert/train";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { convolutional, numbers, perceptron, toyData, toySettings, weightsOf } from "./support.js";

beforeAll(async () => {
  await useEngine("wasm");
  tf.engine().startScope();
});
afterAll(() => tf.engine().endScope());

const DATA = toyData();
const EXAMPLES = Array.from({ length: DATA.length }, (_, i) => i);
const SIGMA = 0.3;
const transformed = (sigma: number): Augmentation => transformedCopies("crop:1,flip", sigma, DATA);

/** The methods whose copies share a transform, those of one copy among them. */
const ONE_IMAGE: readonly MethodSettings[] = [
  { name: "smoothadv", steps: 2 },
  { name: "smoothadv", steps: 2, attack: "ddn" },
  { name: "consistency" },
  { name: "macer", copies: 4 },
  { name: "smoothmix", steps: 2 },
  { name: "cat-rs", steps: 2 },
  { name: "stability" },
  { name: "pgd", steps: 2 },
  { name: "maxup", copies: 5, screen: 2 },
];
const OTHERS: readonly MethodSettings[] = [
  { name: "gaussian" },
  { name: "maxup", copies: 3 },
  { name: "maxup", copies: 3, screen: 3 },
  { name: "aggregate", copies: 3 },
  { name: "gradient-norm" },
  { name: "ohem" },
];

/** What a training draws: the pixels of each example's copies, and of its image without noise, by epoch and example. */
interface Drawn {
  readonly copies: Map<string, number[][]>;
  readonly clean: Map<string, number[]>;
}

async function drawnBy(
  { name, copies, oneImage }: Objective,
  augmentation: Augmentation,
  given: Partial<TrainSettings> = {},
): Promise<Drawn> {
  const drawn: Drawn = { copies: new Map(), clean: new Map() };
  const watched: Objective = {
    name,
    copies,
    ...(oneImage && { oneImage }),
    prepare(model, batch, moment) {
      const [noisy, clean] = [batch.draw(), batch.clean()].map(({ images }) => rowsOf(images));
      for (let i = 0; i < batch.length; i++) {
        const key = `epoch ${Math.floor(moment.time)} example ${batch.source.examples[i]}`;
        drawn.copies.set(key, noisy.slice(i * copies, (i + 1) * copies));
        drawn.clean.set(key, clean[i]);
      }
      return gaussian().prepare(model, batch, moment);
    },
  };
  await train({ model: perceptron(), dataset: DATA, objective: watched, augmentation, settings: toySettings(given) });
  return drawn;
}

function rowsOf(images: tf.Tensor4D): number[][] {
  return tf.tidy(() => tf.reshape(images, [images.shape[0], -1]).arraySync() as number[][]);
}

/** The images that the transform at each epoch makes of each example, by {@link Drawn}'s keys: drawn as lone copies. */
function transformedAt(epochs: number): Map<string, number[]> {
  const images = Array.from({ length: epochs }, (_, epoch) => {
    const draw = {
      dataset: DATA,
      augmentation: transformed(0),
      examples: EXAMPLES,
      copies: 1,
      seed: 5,
      firstSample: epoch,
    };
    const rows = tf.tidy(() => rowsOf(drawCopies(draw).images));
    return rows.map((row, example): [string, number[]] => [`epoch ${epoch} example ${example}`, row]);
  });
  return new Map(images.flat());
}

/** Expects float32 numbers near 1 to differ by rounding alone. */
function expectClose(found: readonly number[], expected: readonly number[]): void {
  expect(Math.max(...found.map((value, j) => Math.abs(value - expected[j])))).toBeLessThan(1e-6);
}

const minus = (a: readonly number[], b: readonly number[]): number[] => a.map((value, j) => value - b[j]);

it("is asked for by the methods that compare or attack copies of one image, and by no others", () => {
  const asked = (methods: readonly MethodSettings[]) => methods.map((each) => createObjective(each).oneImage);
  expect(asked(ONE_IMAGE)).toEqual(ONE_IMAGE.map(() => true));
  expect(asked(OTHERS)).toEqual(OTHERS.map(() => undefined));
  const names = [...ONE_IMAGE, ...OTHERS].map(({ name }) => name);
  expect([...new Set(names)].sort()).toEqual(METHODS.map(({ name }) => name).sort());
});

describe.each(ONE_IMAGE)("the copies of a training by %j", (settings) => {
  const objective = createObjective(settings);

  it("are noisy views of one transformed image, new in each epoch, which clean() gives", async () => {
    const still = await drawnBy(objective, transformed(0));
    expect(still.clean).toEqual(transformedAt(3));
    for (const [key, copies] of still.copies) {
      for (const copy of copies) expect(copy).toEqual(still.clean.get(key));
    }
    const ofEpoch = (epoch: number): string => {
      const own = EXAMPLES.map((example) => still.clean.get(`epoch ${epoch} example ${example}`));
      return own.join();
    };
    expect(new Set([0, 1, 2].map(ofEpoch)).size).toBe(3);
  });

  it("have the noise that they have without transforms", async () => {
    const [found, plain] = [
      await drawnBy(objective, transformed(SIGMA)),
      await drawnBy(objective, gaussianCopies(SIGMA)),
    ];
    expect(found.clean).toEqual(transformedAt(3));
    for (const [key, copies] of found.copies) {
      expect(copies.length).toBe(objective.copies);
      copies.forEach((copy, c) => {
        const noise = minus(copy, found.clean.get(key)!);
        expectClose(noise, minus(plain.copies.get(key)![c], plain.clean.get(key)!));
      });
    }
  });

  it("do not depend on what else is in their batch", async () => {
    const [some, others] = [8, 5].map((batch) => drawnBy(objective, transformed(SIGMA), { batch }));
    expect(await others).toEqual(await some);
  });
});

describe.each(OTHERS)("the copies of a training by %j", (settings) => {
  const objective = createObjective(settings);

  it("are transformed by themselves, each as its own sample says, and clean() is the example as it is", async () => {
    const [still, plain] = [await drawnBy(objective, transformed(0)), await drawnBy(objective, gaussianCopies(0))];
    expect(still.clean).toEqual(plain.clean);
    const expected = transformedAt(3 * objective.copies);
    for (const [key, copies] of still.copies) {
      const [epoch, example] = key.match(/\d+/g)!.map(Number);
      copies.forEach((copy, c) => {
        expect(copy).toEqual(expected.get(`epoch ${epoch * objective.copies + c} example ${example}`));
      });
    }
  });
});

describe.each([...ONE_IMAGE, ...OTHERS])("a training with transforms by %j", (settings) => {
  it("has finite losses, and the same weights from the same seed", async () => {
    const run = async () => {
      const model = convolutional();
      const options = { dataset: DATA, objective: createObjective(settings), augmentation: transformed(SIGMA) };
      const { history } = await train({ ...options, model, settings: toySettings({ warmup: 1, epochs: 2 }) });
      const weights = weightsOf(model);
      model.dispose();
      return { weights, losses: history.map(({ loss }) => loss) };
    };
    const [one, again] = [await run(), await run()];
    expect(one.losses.every(Number.isFinite)).toBe(true);
    expect(again).toEqual(one);
  });
});

describe("a draw whose copies share a transform", () => {
  const draw = { dataset: DATA, examples: [4, 0, 19], copies: 7, seed: 9, firstSample: 14 };
  const shared = (augmentation: Augmentation) => withSharedTransform({ ...draw, augmentation }, 2);

  it("is as it was where there are no transforms", () => {
    const plain = { ...draw, augmentation: gaussianCopies(SIGMA) };
    expect(withSharedTransform(plain, 2)).toBe(plain);
  });

  it("draws the steepest copies from their law: with the same noise around the transformed image", () => {
    const directions = tf.tensor4d(numbers(180, 1), [3, 6, 5, 2]);
    const noiseOf = (batch: ReturnType<typeof exampleBatch>): number[] => {
      const kept = tf.reshape(steepest(batch, directions, 2).images, [3, 2, 60]);
      return [...tf.sub(kept, tf.reshape(batch.clean().images, [3, 1, 60])).dataSync()];
    };
    const plain = noiseOf(exampleBatch({ ...draw, augmentation: gaussianCopies(SIGMA) }));
    expectClose(noiseOf(exampleBatch(shared(transformed(SIGMA)))), plain);
  });

  it("hands on what the transform makes of the label, to its copies and to clean()", () => {
    const mixed = Float32Array.of(0.25, 0.75, 0);
    const mix: Apply = (image) => ({ ...image, target: mixed });
    const augmentation = chain("mix", [mix], gaussianCopies(SIGMA), toyData());
    const batch = exampleBatch(shared(augmentation));
    const rows = (count: number): number[] => Array.from({ length: count }, () => [...mixed]).flat();
    expect([...batch.clean().targets.dataSync()]).toEqual(rows(3));
    expect([...batch.draw().targets.dataSync()]).toEqual(rows(21));
  });
});
