import { CounterRandom, type Pixels, writeUnit } from "../../src/core.js";
import type { SmoothedGradient } from "./gradient.js";
import { type FloatRange, moved, PIXEL_RANGE } from "./perturbation.js";
import type { AttackSamples } from "./samples.js";

/** One ascent within an L2 ball. */
export interface AscentOptions {
  /** The class that shall lose its votes. */
  readonly label: number;
  /** Radius of the ball in units of pixels in [0, 1], greater than 0. */
  readonly epsilon: number;
  /** Integer >= 1. */
  readonly steps: number;
  /** Where it starts; zeros for x itself. It is scaled into the ball. */
  readonly start: Float64Array;
  /** What a float may be. @defaultValue that of a pixel */
  readonly range?: FloatRange | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Projected gradient ascent on the lead of another class under noise, in the manner of SmoothAdv (Salman et al. 2019):
 * steps of shrinking length along the normalised gradient, clipped to valid pixels, projected to the ball. The noise is
 * drawn anew for each step, and the gradient taken at the input that comes out of rounding.
 *
 * @returns the perturbation, not rounded, of length at most epsilon
 */
export async function ascend(
  x: Pixels,
  gradient: SmoothedGradient,
  samples: AttackSamples,
  { label, epsilon, steps, start, range = PIXEL_RANGE, signal }: AscentOptions,
): Promise<Float64Array> {
  const clean = new Float32Array(x.length);
  writeUnit(x, clean);
  const delta = projected(start, epsilon);
  for (let step = 0; step < steps; step++) {
    signal?.throwIfAborted();
    const address = samples.forGradient(gradient.copies);
    const direction = await gradient.ascent(moved(x, delta, 1, range), label, address);
    if (lengthOf(direction) === 0) randomDirection(direction, new CounterRandom(address));
    stayInBox(direction, clean, delta, range);
    const norm = lengthOf(direction);
    if (norm === 0) return delta;
    const size = (2 * epsilon * (1 - step / steps)) / Math.sqrt(steps);
    for (let j = 0; j < delta.length; j++) {
      delta[j] = clip(clean[j] + delta[j] + (size / norm) * direction[j], range) - clean[j];
    }
    delta.set(projected(delta, epsilon));
  }
  return delta;
}

/** The vector scaled into the ball. Valid pixels stay valid: x itself is. */
function projected(delta: Float64Array, epsilon: number): Float64Array {
  const scale = Math.min(1, epsilon / lengthOf(delta));
  return scale === 1 ? delta.slice() : delta.map((value) => value * scale);
}

/** Drops what would push a pixel that is at its end beyond it. */
function stayInBox(direction: Float64Array, clean: Float32Array, delta: Float64Array, [least, most]: FloatRange): void {
  for (let j = 0; j < direction.length; j++) {
    const pixel = clean[j] + delta[j];
    if ((pixel <= least && direction[j] < 0) || (pixel >= most && direction[j] > 0)) direction[j] = 0;
  }
}

function randomDirection(out: Float64Array, random: CounterRandom): void {
  for (let j = 0; j < out.length; j++) out[j] = random.uniform() - 0.5;
}

const clip = (pixel: number, [least, most]: FloatRange): number => Math.min(Math.max(pixel, least), most);

/** L2 length. */
function lengthOf(vector: Float64Array): number {
  let squares = 0;
  for (const value of vector) squares += value * value;
  return Math.sqrt(squares);
}
