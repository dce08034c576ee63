import { CounterRandom, createDataset, type Dataset, dimensionOf, type ImageShape, STREAM } from "smoothcert";

/** Images of random bytes with random labels of ten classes: as much work as any. */
export function randomImages(shape: ImageShape, length: number): Dataset {
  const random = new CounterRandom({ seed: 0, stream: STREAM.theory, example: 0, sample: 0 });
  return createDataset({
    name: "random",
    split: "train",
    shape,
    classes: Array.from({ length: 10 }, (_, c) => String(c)),
    pixels: Uint8Array.from({ length: length * dimensionOf(shape) }, () => random.integer(256)),
    labels: Array.from({ length }, () => random.integer(10)),
    source: "random numbers",
  });
}
