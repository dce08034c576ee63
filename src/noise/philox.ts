/**
 * Philox4x32-10, the counter-based generator of Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as
 * 1, 2, 3" (SC 2011): four random words are a pure function of a four-word counter and a two-word key. Only 32-bit
 * integer operations are used, so the words are the same on every machine.
 */

const M0 = 0xd2511f53;
const M1 = 0xcd9e8d57;
/** Key increments (the golden ratio and sqrt(3) - 1, times 2^32). */
const W0 = 0x9e3779b9;
const W1 = 0xbb67ae85;
const ROUNDS = 10;

/**
 * High 32 bits of the 64-bit product of two unsigned words, as a signed 32-bit integer: schoolbook, in 16-bit halves.
 */
function multiplyHigh(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  const cross0 = Math.imul(aHigh, bLow) >>> 0;
  const cross1 = Math.imul(aLow, bHigh) >>> 0;
  const carry = (Math.imul(aLow, bLow) >>> 16) + (cross0 & 0xffff) + (cross1 & 0xffff);
  return (Math.imul(aHigh, bHigh) + (cross0 >>> 16) + (cross1 >>> 16) + (carry >>> 16)) | 0;
}

/**
 * Writes the four words of one block to `out[0..3]`, each an unsigned integer in [0, 2^32).
 *
 * @param c0,c1,c2,c3 the counter, words taken modulo 2^32
 * @param k0,k1 the key, words taken modulo 2^32
 */
export function philox4x32(
  out: Uint32Array,
  c0: number,
  c1: number,
  c2: number,
  c3: number,
  k0: number,
  k1: number,
): void {
  let x0 = c0;
  let x1 = c1;
  let x2 = c2;
  let x3 = c3;
  let key0 = k0;
  let key1 = k1;
  for (let round = 0; round < ROUNDS; round++) {
    const high0 = multiplyHigh(x0, M0);
    const high1 = multiplyHigh(x2, M1);
    const low0 = Math.imul(M0, x0);
    const low1 = Math.imul(M1, x2);
    x0 = high1 ^ x1 ^ key0;
    x1 = low1;
    x2 = high0 ^ x3 ^ key1;
    x3 = low0;
    key0 = (key0 + W0) | 0;
    key1 = (key1 + W1) | 0;
  }
  out[0] = x0;
  out[1] = x1;
  out[2] = x2;
  out[3] = x3;
}
