/** Numbers as they are shown: cut in the direction that claims less. */

/** A number cut, not rounded, to `digits` decimals: what is printed of a certificate is never above it. */
export function floorTo(value: number, digits: number): string {
  const text = value.toFixed(digits);
  return Number(text) <= value ? text : (value - 10 ** -digits).toFixed(digits);
}

/** A number with `digits` decimals, never below it. */
export function ceilTo(value: number, digits: number): string {
  const text = floorTo(-value, digits);
  return Number(text) === 0 ? (0).toFixed(digits) : text.startsWith("-") ? text.slice(1) : `-${text}`;
}
