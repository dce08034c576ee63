import type { Pixels } from "../data/dataset.js";
import { ArgumentError, requireInteger } from "../errors.js";
import { keyOf, type NoiseAddress, requireCopies } from "../noise/address.js";
import { gridReach, gridThresholds, requireGridSigma } from "../noise/grid-thresholds.js";
import { type CopyKernel, gridKernel } from "../noise/kernel.js";
import { philox4x32 } from "../noise/philox.js";
import { fastestNoise, type NoiseImplementation } from "../noise/source.js";
import { gaussianTheorem } from "./gaussian-theorem.js";
import type { Law, Smoothing } from "./smoothing.js";

/** Gaussian noise on the grid of bytes: what bytes are smoothed with. */
export const GAUSSIAN_GRID: Law = {
  id: "gaussian-grid/philox4x32-10/1",
  noise: "gaussian",
  description: "Gaussian noise, on the grid of bytes: L2 radii",
  pixelTypes: ["bytes"],
  theorem: gaussianTheorem,
  smoothing: (sigma) => gridNoise(sigma),
};

/** In the table of cells: the cell straddles two levels, and further bits decide. */
const STRADDLES = -32768;
/** Added to the stream's number for the further bits; streams themselves lie below it. */
const FURTHER_BITS = 0x80000000;

/**
 * Gaussian noise on the grid of bytes (Voracek and Hein, "Sound randomized smoothing in floating-point arithmetic",
 * ICLR 2023): an integer J with P[J = j] = Phi((2j+1)/(510 sigma)) - Phi((2j-1)/(510 sigma)) is added to the byte, the
 * sum is clipped to [-255 kappa, 255 (kappa+1)], kappa = max(1, floor(6 sigma)), and one table maps it to float32(level
 * / 255).
 *
 * J is the exact Gaussian rounded to the grid, and byte + round(noise) = round(byte + noise). So smoothing
 * f(table(clip(.))) with J equals smoothing f(table(clip(round(.)))) with real Gaussian noise, whose certificate Cohen
 * et al. prove: it holds without any caveat about floats.
 *
 * @param sigma standard deviation in [0, 1] pixel units, in (0, 16] @throws ArgumentError for another sigma
 */
export function gridNoise(sigma: number, implementation: NoiseImplementation = fastestNoise()): Smoothing {
  requireGridSigma(sigma);
  let made: CopyKernel<Uint8Array> | undefined;
  /** Made where noise is drawn: who asks what the law proves needs no tables. */
  const copies = (): CopyKernel<Uint8Array> => {
    made ??= copiesOf(gridThresholds(sigma), gridReach(sigma), implementation);
    return made;
  };
  return {
    ...gaussianTheorem(sigma),
    id: GAUSSIAN_GRID.id,
    sigma,
    // Each threshold is off by 2^-64 at most, and the total variation is at most the sum of these errors, coordinate by
    // coordinate.
    distance: (dimension) => dimension * 2 * gridReach(sigma) * 2 ** -64,
    perturb(out, offset, pixels, address, count) {
      requireCopies("gridNoise", address, count);
      requireInteger(address.stream, "gridNoise", "stream", 0, FURTHER_BITS - 1);
      copies().copy(out, offset, requireBytes(pixels), address, count);
    },
    room: (length) => copies().room(length),
  };
}

function copiesOf(
  thresholds: BigUint64Array,
  reach: number,
  implementation: NoiseImplementation,
): CopyKernel<Uint8Array> {
  return implementation === "wasm" ? gridKernel(thresholds, reach) : gridCopies(thresholds, reach);
}

/** The reference that the kernel agrees with bit for bit. */
function gridCopies(thresholds: BigUint64Array, reach: number): CopyKernel<Uint8Array> {
  const draw = new LevelDraw(cellsOf(thresholds, reach), thresholds, reach);
  const floats = floatTable(reach);
  return {
    copy(out, offset, bytes, address, count) {
      for (let c = 0; c < count; c++) {
        const copy = { ...address, sample: address.sample + c };
        draw.perturb(out, offset + c * bytes.length, bytes, copy, floats);
      }
    },
    room: (length) => new Float32Array(length),
  };
}

function requireBytes(pixels: Pixels): Uint8Array {
  if (pixels instanceof Uint8Array) return pixels;
  throw new ArgumentError(
    "gridNoise: pixels must be bytes, got floats. Use gaussianNoise for them",
    "pixels",
    "floats",
  );
}

/** float32(level / 255) for byte + J + reach, clipping included: byte + J lies in [-reach, reach + 255]. */
function floatTable(reach: number): Float32Array {
  const [least, most] = [255 - reach, reach];
  return Float32Array.from({ length: 2 * reach + 256 }, (_, i) => Math.min(Math.max(i - reach, least), most) / 255);
}

/** Draws levels of noise: 16 bits decide in all but some hundred of 65,536 cells, 64 bits in the others. */
class LevelDraw {
  readonly #high: Uint32Array;
  readonly #low: Uint32Array;
  readonly #words = new Uint32Array(4);
  readonly #further = new Uint32Array(4);

  constructor(
    readonly cells: Int16Array,
    thresholds: BigUint64Array,
    readonly reach: number,
  ) {
    this.#high = Uint32Array.from(thresholds, (t) => Number(t >> 32n));
    this.#low = Uint32Array.from(thresholds, (t) => Number(t & 0xffffffffn));
  }

  /** Coordinate c takes 16 bits of the address's block c / 8: the lower half of a word, then the upper. */
  perturb(out: Float32Array, start: number, bytes: Uint8Array, address: NoiseAddress, floats: Float32Array): void {
    const [k0, k1] = keyOf(address.seed);
    const { sample, example, stream } = address;
    const words = this.#words;
    const { cells } = this;
    for (let first = 0, block = 0; first < bytes.length; first += 8, block++) {
      philox4x32(words, block, sample, example, stream, k0, k1);
      const end = Math.min(8, bytes.length - first);
      for (let lane = 0; lane < end; lane++) {
        const cell = (words[lane >> 1] >>> (lane & 1 ? 16 : 0)) & 0xffff;
        let level = cells[cell];
        if (level === STRADDLES) level = this.#decide(cell, first + lane, address, k0, k1);
        out[start + first + lane] = floats[bytes[first + lane] + level + this.reach];
      }
    }
  }

  /** The level of the 64-bit uniform that `cell` and 48 further bits make up. */
  #decide(cell: number, coordinate: number, address: NoiseAddress, k0: number, k1: number): number {
    const words = this.#further;
    philox4x32(words, coordinate, address.sample, address.example, address.stream + FURTHER_BITS, k0, k1);
    const high = ((cell << 16) | (words[0] >>> 16)) >>> 0;
    const low = ((words[0] << 16) | (words[1] >>> 16)) >>> 0;
    let from = 0;
    let to = this.#high.length;
    while (from < to) {
      const middle = (from + to) >>> 1;
      const t = this.#high[middle];
      if (t < high || (t === high && this.#low[middle] <= low)) from = middle + 1;
      else to = middle;
    }
    return from - this.reach;
  }
}

/** The level of each cell of 2^48 uniforms, or {@link STRADDLES} where a threshold lies within it. */
function cellsOf(thresholds: BigUint64Array, reach: number): Int16Array {
  const cells = new Int16Array(65536);
  let passed = 0;
  for (let cell = 0; cell < cells.length; cell++) {
    const start = BigInt(cell) << 48n;
    const last = start | 0xffffffffffffn;
    while (passed < thresholds.length && thresholds[passed] <= start) passed += 1;
    cells[cell] = passed < thresholds.length && thresholds[passed] <= last ? STRADDLES : passed - reach;
  }
  return cells;
}
