import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { type Dataset, type ImageShape, loadDataset, type Split } from "smoothcert";
import { afterAll, beforeAll, expect } from "vitest";

/** A folder for the tests of one file, removed after them. Call at the top level; the path is there inside tests. */
export function temporaryFolder(): { path: string; write(name: string, bytes: Uint8Array | string): Promise<string> } {
  const folder = {
    path: "",
    async write(name: string, bytes: Uint8Array | string): Promise<string> {
      const path = join(folder.path, name);
      await writeFile(path, bytes);
      return path;
    },
  };
  beforeAll(async () => {
    folder.path = await mkdtemp(join(tmpdir(), "smoothcert-data-"));
  });
  afterAll(() => rm(folder.path, { recursive: true, force: true }));
  return folder;
}

/** Images and labels in memory, as the writers of the tests take them. */
export interface Labelled {
  readonly shape: ImageShape;
  readonly pixels: Uint8Array;
  readonly labels: Uint8Array;
}

/** Up to 6 small random byte images of one random shape. */
export function labelled(
  options: { channels?: number; side?: number; classes?: number; count?: number } = {},
): fc.Arbitrary<Labelled> {
  const side = options.side === undefined ? fc.integer({ min: 1, max: 5 }) : fc.constant(options.side);
  const channels = options.channels === undefined ? fc.integer({ min: 1, max: 4 }) : fc.constant(options.channels);
  const count = options.count === undefined ? fc.integer({ min: 1, max: 6 }) : fc.constant(options.count);
  return fc.tuple(side, side, channels, count).chain(([height, width, depth, n]) => {
    const size = n * height * width * depth;
    return fc.record({
      shape: fc.constant<ImageShape>([height, width, depth]),
      pixels: fc.uint8Array({ minLength: size, maxLength: size }),
      labels: fc.uint8Array({ minLength: n, maxLength: n, max: (options.classes ?? 256) - 1 }),
    });
  });
}

/** The bytes of an IDX file of unsigned bytes. */
export function idxBytes(dimensions: readonly number[], values: Uint8Array, type = 8): Uint8Array {
  const bytes = new Uint8Array(4 + 4 * dimensions.length + values.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, type * 256 + dimensions.length);
  dimensions.forEach((dimension, k) => {
    view.setUint32(4 + 4 * k, dimension);
  });
  bytes.set(values, 4 + 4 * dimensions.length);
  return bytes;
}

/** All pixels back to back and all labels, as the dataset shows them. */
export function contentOf(dataset: Dataset): { pixels: number[]; labels: number[] } {
  const examples = Array.from({ length: dataset.length }, (_, i) => dataset.example(i));
  return { pixels: examples.flatMap(({ pixels }) => [...pixels]), labels: examples.map(({ label }) => label) };
}

/** Asserts that the dataset shows exactly what was written. */
export function expectContent(dataset: Dataset, { shape, pixels, labels }: Labelled): void {
  expect(dataset.shape).toEqual(shape);
  expect(dataset.length).toBe(labels.length);
  expect(contentOf(dataset)).toEqual({ pixels: [...pixels], labels: [...labels] });
}

/** Asserts that loading fails with a FileError that starts with the path and holds each of the parts. */
export async function expectFileError(spec: string, split: Split, path: string, ...parts: string[]): Promise<void> {
  const error: unknown = await loadDataset(spec, split).catch((caught: unknown) => caught);
  expect(error).toMatchObject({ name: "FileError", path });
  const { message } = error as Error;
  expect(message.startsWith(`${path}: expected `)).toBe(true);
  for (const part of parts) expect(message).toContain(part);
}

/** Asserts that loading fails with an ArgumentError whose message holds each of the parts. */
export async function expectArgumentError(spec: string, argument: string, ...parts: string[]): Promise<void> {
  const error: unknown = await loadDataset(spec, "test").catch((caught: unknown) => caught);
  expect(error).toMatchObject({ name: "ArgumentError", argument });
  for (const part of parts) expect((error as Error).message).toContain(part);
}
