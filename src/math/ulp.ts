/**
 * Neighbours of a double. Rounding outward starts here: a result known to an ulp moves one neighbour to the safe side.
 */

const value = new Float64Array(1);
const bits = new BigInt64Array(value.buffer);

/** The next double above x; Infinity stays, NaN stays. */
export function nextUp(x: number): number {
  if (Number.isNaN(x) || x === Infinity) return x;
  if (x === 0) return Number.MIN_VALUE;
  value[0] = x;
  bits[0] += x > 0 ? 1n : -1n;
  return value[0];
}

/** The next double below x; -Infinity stays, NaN stays. */
export function nextDown(x: number): number {
  return -nextUp(-x);
}
