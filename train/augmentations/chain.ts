import { CounterRandom, STREAM, writeUnit } from "../../src/index.js";
import type { Augmentation, AugmentationHalves } from "./augmentation.js";
import type { Apply } from "./transform.js";

/**
 * Copies that go through transforms, in order, and then through noise. Each copy draws anew: its transforms read the
 * stream `augmentation` at the example and sample of the noise. Without transforms it is the noise itself.
 *
 * @param text what the transforms are called, e.g. `crop:4,flip`
 * @param noise an augmentation of images whose pixels are floats
 */
export function chain(text: string, transforms: readonly Apply[], noise: Augmentation): Augmentation {
  if (transforms.length === 0) return noise;
  const transform: AugmentationHalves["transform"] = (image, address) => {
    const random = new CounterRandom({ ...address, stream: STREAM.augmentation });
    return transforms.reduce((last, apply) => apply(last, random), image);
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
