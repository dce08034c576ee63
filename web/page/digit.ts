/** From strokes to an image as MNIST's are: 20 pixels high or wide, with the centre of mass in the middle of 28x28. */

const SIDE = 28;
const BOX = 20;

/**
 * A drawn digit as bytes of 28x28.
 *
 * @param ink how much ink is on each pixel of a square drawing, 0..255 @param side of the drawing
 * @returns undefined where there is no ink
 */
export function centredDigit(ink: Uint8Array, side: number): Uint8Array | undefined {
  const box = boxOf(ink, side);
  if (box === undefined) return undefined;
  const scale = BOX / Math.max(box.right - box.left, box.bottom - box.top);
  const centre = centreOf(ink, side);
  const digit = new Uint8Array(SIDE * SIDE);
  for (let row = 0; row < SIDE; row++) {
    for (let column = 0; column < SIDE; column++) {
      const x = centre.x + (column - SIDE / 2) / scale;
      const y = centre.y + (row - SIDE / 2) / scale;
      digit[row * SIDE + column] = Math.round(meanOf(ink, side, x, y, 1 / scale));
    }
  }
  return digit;
}

interface Box {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** The smallest box around all ink; undefined where there is none. */
function boxOf(ink: Uint8Array, side: number): Box | undefined {
  let [left, right, top, bottom] = [side, 0, side, 0];
  ink.forEach((value, i) => {
    if (value === 0) return;
    const [x, y] = [i % side, Math.floor(i / side)];
    [left, right] = [Math.min(left, x), Math.max(right, x + 1)];
    [top, bottom] = [Math.min(top, y), Math.max(bottom, y + 1)];
  });
  return right > left ? { left, right, top, bottom } : undefined;
}

function centreOf(ink: Uint8Array, side: number): { readonly x: number; readonly y: number } {
  let [mass, x, y] = [0, 0, 0];
  ink.forEach((value, i) => {
    mass += value;
    x += value * ((i % side) + 0.5);
    y += value * (Math.floor(i / side) + 0.5);
  });
  return { x: x / mass, y: y / mass };
}

/** The mean of the drawing over the square [x, x + size) x [y, y + size), nothing beyond its edges. */
function meanOf(ink: Uint8Array, side: number, x: number, y: number, size: number): number {
  let sum = 0;
  for (let j = Math.floor(y); j < y + size; j++) {
    for (let i = Math.floor(x); i < x + size; i++) {
      if (i < 0 || j < 0 || i >= side || j >= side) continue;
      sum += ink[j * side + i] * overlap(i, x, size) * overlap(j, y, size);
    }
  }
  return sum / (size * size);
}

/** How much of the pixel [i, i + 1) lies in [start, start + size). */
function overlap(i: number, start: number, size: number): number {
  return Math.max(0, Math.min(i + 1, start + size) - Math.max(i, start));
}
