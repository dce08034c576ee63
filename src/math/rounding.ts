/** Numbers as they are shown: cut in the direction that claims less. */

/**
 * The largest number of `digits` decimals that is at most `value`: what is printed of a certificate is never above it.
 */
export function floorTo(value: number, digits: number): string {
  const text = value.toFixed(digits);
  return Number(text) <= value ? text : (Number(text) - 10 ** -digits).toFixed(digits);
}

/** The smallest number of `digits` decimals that is at least `value`. */
export function ceilTo(value: number, digits: number): string {
  const text = floorTo(-value, digits);
  return Number(text) === 0 ? (0).toFixed(digits) : text.startsWith("-") ? text.slice(1) : `-${text}`;
}
