import { CounterRandom, type Dataset, STREAM, writeUnit } from "../../src/index.js";
import type { Augmentation, AugmentationHalves } from "./augmentation.js";
import type { Apply, LabelledImage } from "./transform.js";

/**
 * Copies that go through transforms, in order, and then through noise. Each copy draws anew: its transforms read the
 * stream `augmentation` at the example and sample of the noise. Without transforms it is the noise itself.
 *
 * @param text what the transforms are called, e.g. `crop:4,flip`
 * @param noise an augmentation of images whose pixels are floats
 * @param dataset the training set, whose examples are mixed where a transform mixes images
 */
export function chain(text: string, transforms: readonly Apply[], noise: Augmentation, dataset: Dataset): Augmentation {
  if (transforms.length === 0) return noise;
  const transform: AugmentationHalves["transform"] = (image, address) => {
    const random = new CounterRandom({ ...address, stream: STREAM.augmentation });
    return applied(transforms, image, random, dataset);
  };
  return {
    name: `${text}, ${noise.name}`,
    ...(noise.sigma !== undefined && { sigma: noise.sigma }),
    halves: { transform, noise },
    augment(copies, row, count, example, address) {
      const pixels = new Float32Array(example.pixels.length);
      writeUnit(example.pixels, pixels);
      const classes = (copies.targets.length * pixels.length) / copies.pixels.length;
      for (let c = 0; c < count; c++) {
        const target = copies.targets.subarray((row + c) * classes, (row + c + 1) * classes);
        const own = { ...address, sample: address.sample + c };
        const image = transform({ pixels, target: target.slice() }, own);
        target.set(image.target);
        noise.augment(copies, row + c, 1, { pixels: image.pixels, label: example.label }, own);
      }
    },
  };
}

function applied(
  transforms: readonly Apply[],
  image: LabelledImage,
  random: CounterRandom,
  dataset: Dataset,
): LabelledImage {
  return transforms.reduce((last, apply, i) => {
    const another = (): LabelledImage => {
      const drawn = labelled(dataset, random.integer(dataset.length));
      return applied(transforms.slice(0, i), drawn, random, dataset);
    };
    return apply(last, random, another);
  }, image);
}

function labelled(dataset: Dataset, index: number): LabelledImage {
  const { pixels, label } = dataset.example(index);
  const image = { pixels: new Float32Array(pixels.length), target: new Float32Array(dataset.classes.length) };
  writeUnit(pixels, image.pixels);
  image.target[label] = 1;
  return image;
}
