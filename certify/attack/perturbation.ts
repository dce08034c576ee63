import { nextUp, type Pixels } from "../../src/core.js";

/**
 * Perturbations as they can really be given to a classifier: bytes stay integers in 0..255, floats stay float32 in
 * [0, 1] (values of a table: float32 of any size), and a norm is that of the pixels that come out, never below the true
 * one.
 */

/** How much farther than its limit a direction is followed where the box of valid pixels holds it back. */
const LONGEST_REACH = 4;
const BISECTIONS = 50;

/**
 * The L2 distance of two inputs in units of pixels in [0, 1], rounded up. Of bytes the sum of squares is exact.
 *
 * @param x,y of one type and length
 */
export function distanceUpper(x: Pixels, y: Pixels): number {
  return x instanceof Uint8Array ? bytesDistance(x, y) : floatsDistance(x, y);
}

function bytesDistance(x: Uint8Array, y: Pixels): number {
  let squares = 0;
  for (let j = 0; j < x.length; j++) squares += (x[j] - y[j]) ** 2;
  return squares === 0 ? 0 : nextUp(nextUp(Math.sqrt(squares)) / 255);
}

function floatsDistance(x: Pixels, y: Pixels): number {
  let squares = 0;
  for (let j = 0; j < x.length; j++) {
    if (x[j] === y[j]) continue;
    const difference = nextUp(Math.abs(x[j] - y[j]));
    squares = nextUp(squares + nextUp(difference * difference));
  }
  return squares === 0 ? 0 : nextUp(Math.sqrt(squares));
}

/** The ends of what a float may be: those of a pixel, or none for a value of a table. */
export type FloatRange = readonly [least: number, most: number];
export const PIXEL_RANGE: FloatRange = [0, 1];
export const ANY_VALUE: FloatRange = [-Infinity, Infinity];

/**
 * x + scale * direction, rounded to the input's own numbers and clipped to valid pixels. Each pixel is monotone in the
 * scale.
 *
 * @param direction in units of pixels in [0, 1], or of the table
 */
export function moved(
  x: Pixels,
  direction: Float64Array,
  scale: number,
  [least, most]: FloatRange = PIXEL_RANGE,
): Pixels {
  if (x instanceof Uint8Array) {
    return Uint8Array.from(x, (byte, j) => Math.min(Math.max(Math.round(byte + 255 * scale * direction[j]), 0), 255));
  }
  return Float32Array.from(x, (value, j) => Math.min(Math.max(value + scale * direction[j], least), most));
}

/**
 * The farthest valid input along `direction` whose distance from x, rounded up, is below `limit`; x itself if there is
 * none. The limit's last room is used: on bytes single pixels go one level on, those nearest to it first.
 */
export function farthestBelow(x: Pixels, direction: Float64Array, limit: number, range?: FloatRange): Pixels {
  const length = Math.sqrt(direction.reduce((sum, d) => sum + d * d, 0));
  if (!(length > 0 && limit > 0)) return x.slice();
  const inside = (scale: number): boolean => distanceUpper(x, moved(x, direction, scale, range)) < limit;
  let low = 0;
  let high = (LONGEST_REACH * limit) / length;
  if (inside(high)) return moved(x, direction, high, range);
  for (let step = 0; step < BISECTIONS; step++) {
    const middle = (low + high) / 2;
    if (inside(middle)) low = middle;
    else high = middle;
  }
  const nearest = moved(x, direction, low, range);
  return x instanceof Uint8Array ? fillUp(x, nearest, moved(x, direction, high, range), limit) : nearest;
}

/** Takes over from `beyond`, which lies outside the limit, one pixel after the other as long as that stays inside. */
function fillUp(x: Uint8Array, inside: Pixels, beyond: Pixels, limit: number): Pixels {
  for (let j = 0; j < x.length; j++) {
    const before = inside[j];
    if (before === beyond[j]) continue;
    inside[j] = beyond[j];
    if (distanceUpper(x, inside) >= limit) inside[j] = before;
  }
  return inside;
}
