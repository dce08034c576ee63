import * as tf from "@tensorflow/tfjs-core";
import type { CopyBatch } from "./copies.js";
import { type CopyDraw, cleanImages, drawCopies } from "./copies.js";
import type { ExampleBatch } from "./objective.js";

/** The examples of a step with copies that are drawn where they are asked for, as {@link drawCopies} draws them. */
export function exampleBatch(draw: CopyDraw): ExampleBatch {
  const { examples, copies } = draw;
  const some = (first: number, count: number): CopyBatch =>
    drawCopies({ ...draw, examples: Array.prototype.slice.call(examples, first, first + count) });
  return {
    length: examples.length,
    copies,
    source: draw,
    clean: () => cleanImages(draw),
    draw: (first = 0, count = examples.length - first) => some(first, count),
  };
}

/**
 * Joins what `make` makes of examples 0 .. length - 1, so many at a time; what it leaves behind is freed in between.
 */
export function inParts(length: number, atOnce: number, make: (first: number, count: number) => CopyBatch): CopyBatch {
  const parts: CopyBatch[] = [];
  for (let first = 0; first < length; first += atOnce) {
    const count = Math.min(atOnce, length - first);
    let copies = 1;
    const [images, targets] = tf.tidy(() => {
      const part = make(first, count);
      copies = part.copies;
      return [part.images, part.targets] as [tf.Tensor4D, tf.Tensor2D];
    });
    parts.push({ images, targets, copies });
  }
  return parts.length === 1 ? parts[0] : join(parts);
}

function join(parts: readonly CopyBatch[]): CopyBatch {
  const joined = {
    images: tf.concat(parts.map(({ images }) => images)),
    targets: tf.concat(parts.map(({ targets }) => targets)),
    copies: parts[0].copies,
  };
  for (const { images, targets } of parts) tf.dispose([images, targets]);
  return joined;
}
