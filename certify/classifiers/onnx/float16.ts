/** IEEE 754 half precision: the 16 bits of a sign, 5 of an exponent and 10 of a fraction. */

const INFINITY = 0x7c00;
const NAN = 0x7e00;
/** Bits of float32: infinity, 2^16 (beyond all halves) and 2^-14 (the smallest half with an exponent of its own). */
const SINGLE_INFINITY = 0x7f800000;
const SINGLE_OVERFLOW = 0x47800000;
const SINGLE_NORMAL = 0x38800000;
/** The difference of the exponents' biases, 127 - 15, where float32 keeps its exponent. */
const REBIAS = 112 << 23;
/** Fraction bits that a float32 has more than a half. */
const SURPLUS = 13;
const STEPS_PER_UNIT = 2 ** 24;

/**
 * The bits of the half nearest to each float, of two equally near ones that with an even last bit; NaN has one
 * pattern.
 */
export function halvesOf(values: Float32Array): Uint16Array {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const halves = new Uint16Array(values.length);
  for (let i = 0; i < bits.length; i++) halves[i] = halfOf(bits[i]);
  return halves;
}

function halfOf(single: number): number {
  const sign = (single >>> 16) & 0x8000;
  const size = single & 0x7fffffff;
  if (size > SINGLE_INFINITY) return NAN;
  if (size >= SINGLE_OVERFLOW) return sign | INFINITY;
  if (size < SINGLE_NORMAL) return sign | stepsOf(size);
  // Half a unit of the last place, less one bit unless the half below is odd; a carry goes into the exponent, as it
  // should.
  const rounded = size - REBIAS + 0xfff + ((size >>> SURPLUS) & 1);
  return sign | (rounded >>> SURPLUS);
}

/**
 * A float32 below 2^-14, by its bits, in steps of 2^-24: the nearest integer, of two equally near ones the even one.
 */
function stepsOf(size: number): number {
  const exponent = size >>> 23;
  const fraction = exponent === 0 ? size : (size & 0x7fffff) | 0x800000;
  // The value is fraction 2^(max(exponent, 1) - 150).
  const steps = fraction * 2 ** (Math.max(exponent, 1) - 126);
  const below = Math.floor(steps);
  const rest = steps - below;
  return below + (rest > 0.5 || (rest === 0.5 && below % 2 === 1) ? 1 : 0);
}

/** The numbers that the bits of halves stand for, exactly. */
export function floatsOfHalves(halves: Uint16Array): Float32Array {
  const values = new Float32Array(halves.length);
  for (let i = 0; i < halves.length; i++) values[i] = numberOf(halves[i]);
  return values;
}

function numberOf(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >> 10) & 31;
  const fraction = half & 1023;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : Number.NaN;
  return exponent === 0 ? (sign * fraction) / STEPS_PER_UNIT : sign * (1024 + fraction) * 2 ** (exponent - 25);
}
