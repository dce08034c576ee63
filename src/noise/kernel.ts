import { keyOf, type NoiseAddress } from "./address.js";
import { KERNEL } from "./kernel-bytes.js";

/**
 * The noise kernels in WebAssembly with SIMD (assembly/kernel.ts). They write the same floats as the TypeScript that
 * stands beside their callers, several times as fast: a noise source uses them where they run, and the plain code
 * elsewhere.
 */

/** What the module exports. Addresses are byte offsets into its memory. */
interface KernelExports {
  readonly memory: WebAssembly.Memory;
  heapBase(): number;
  magnitudesAt(): number;
  useThresholds(at: number, reach: number): void;
  gridCopies(out: number, pixels: number, dimension: number, ...addressAndCount: number[]): void;
  gaussianCopies(out: number, clean: number, dimension: number, sigma: number, ...addressAndCount: number[]): void;
}

const PAGE = 65536;
/** Bytes of copies made before they are moved to where they are wanted: they stay in the processor's cache. */
const CHUNK = 1 << 18;
/** What the kernels may write or read beyond the end of an image. */
const SLACK = 64;

let module: WebAssembly.Module | null | undefined;

/** The compiled module; null where WebAssembly or its SIMD instructions are missing. */
function compiled(): WebAssembly.Module | null {
  if (module !== undefined) return module;
  try {
    module = new WebAssembly.Module(Uint8Array.from(atob(KERNEL), (c) => c.charCodeAt(0)));
  } catch {
    module = null;
  }
  return module;
}

/** Whether the kernels run here. */
export function hasNoiseKernel(): boolean {
  return compiled() !== null;
}

/** One instance of the kernels, with memory of its own. */
class Kernel {
  readonly #exports: KernelExports;
  #top: number;
  #image = 0;
  #copies = 0;
  #imageBytes = 0;
  #copyBytes = 0;

  constructor() {
    const abort = (): never => {
      throw new Error("the noise kernel failed");
    };
    const instance = new WebAssembly.Instance(compiled() as WebAssembly.Module, { env: { abort } });
    this.#exports = instance.exports as unknown as KernelExports;
    this.#top = this.#exports.heapBase();
  }

  get exports(): KernelExports {
    return this.#exports;
  }

  /** Places a table for good; returns where. */
  place(table: ArrayBufferView): number {
    const at = this.#allocate(table.byteLength);
    this.write(table, at);
    return at;
  }

  write(table: ArrayBufferView, at: number): void {
    const bytes = new Uint8Array(table.buffer, table.byteOffset, table.byteLength);
    new Uint8Array(this.#exports.memory.buffer).set(bytes, at);
  }

  /** Memory for `length` floats that copies are written to without a detour; the next call takes it back. */
  room(length: number): Float32Array<ArrayBuffer> {
    // An image is no longer than its copies: none will make this memory move.
    this.#reserveImage(4 * length);
    this.#reserveCopies(4 * length);
    return new Float32Array(this.#exports.memory.buffer as ArrayBuffer, this.#copies, length);
  }

  /**
   * Writes noisy copies by `run`, which is told where to write, where the image is, its length, and the words of the
   * address: straight to `out` if that is {@link room}, else in chunks.
   */
  copy(
    image: Uint8Array | Float32Array,
    out: Float32Array,
    offset: number,
    address: NoiseAddress,
    count: number,
    run: Run,
  ): void {
    this.#reserveImage(image.byteLength);
    this.write(image, this.#image);
    const { seed, stream, example, sample } = address;
    const make = (to: number, done: number, copies: number): void =>
      run(to, this.#image, image.length, ...keyOf(seed), stream, example, sample + done, copies);
    if (out.buffer === this.#exports.memory.buffer) {
      const end = offset + count * image.length;
      const behind = out.slice(end, end + SLACK / 4);
      make(out.byteOffset + 4 * offset, 0, count);
      out.set(behind, end);
      return;
    }
    const atOnce = Math.min(count, Math.max(1, Math.floor(CHUNK / (4 * image.length))));
    this.#reserveCopies(4 * image.length * atOnce);
    for (let done = 0; done < count; done += atOnce) {
      const copies = Math.min(atOnce, count - done);
      make(this.#copies, done, copies);
      const made = new Float32Array(this.#exports.memory.buffer, this.#copies, copies * image.length);
      out.set(made, offset + done * image.length);
    }
  }

  #reserveImage(bytes: number): void {
    if (bytes <= this.#imageBytes) return;
    this.#image = this.#allocate(bytes + SLACK);
    this.#imageBytes = bytes;
  }

  #reserveCopies(bytes: number): void {
    if (bytes <= this.#copyBytes) return;
    this.#copies = this.#allocate(bytes + SLACK);
    this.#copyBytes = bytes;
  }

  #allocate(bytes: number): number {
    const at = Math.ceil(this.#top / 16) * 16;
    this.#top = at + bytes;
    const { memory } = this.#exports;
    const missing = Math.ceil((this.#top - memory.buffer.byteLength) / PAGE);
    if (missing > 0) memory.grow(missing);
    return at;
  }
}

type Run = (to: number, from: number, dimension: number, ...addressAndCount: number[]) => void;

/** What makes noisy copies of images of one kind. */
export interface CopyKernel<Image> {
  /** Writes copies of one image; see `NoiseSource.perturb`. */
  copy(out: Float32Array, offset: number, image: Image, address: NoiseAddress, count: number): void;
  /** See `NoiseSource.room`. */
  room(length: number): Float32Array<ArrayBuffer>;
}

function copyKernel<Image extends Uint8Array | Float32Array>(kernel: Kernel, run: Run): CopyKernel<Image> {
  return {
    copy: (out, offset, image, address, count) => kernel.copy(image, out, offset, address, count, run),
    room: (length) => kernel.room(length),
  };
}

/** Noise on the grid by these thresholds, see `gridThresholds`. */
export function gridKernel(thresholds: BigUint64Array, reach: number): CopyKernel<Uint8Array> {
  const kernel = new Kernel();
  const { exports } = kernel;
  kernel.write(magnitudesOf(thresholds, reach), exports.magnitudesAt());
  exports.useThresholds(kernel.place(BigUint64Array.of(0n, ...thresholds, LARGEST)), reach);
  return copyKernel(kernel, (...all) => exports.gridCopies(...all));
}

const LARGEST = 2n ** 64n - 1n;
/** In the table of magnitudes: the cell straddles levels, of which this is the first. */
const STRADDLES = 0x8000;

/** The levels of the upper half of the 65,536 cells; those of the lower half are their mirror image. */
function magnitudesOf(thresholds: BigUint64Array, reach: number): Uint16Array {
  let passed = 0;
  return Uint16Array.from({ length: 32768 }, (_, i) => {
    const begin = BigInt(32768 + i) << 48n;
    while (passed < thresholds.length && thresholds[passed] <= begin) passed += 1;
    const straddles = passed < thresholds.length && thresholds[passed] <= (begin | 0xffffffffffffn);
    return passed - reach + (straddles ? STRADDLES : 0);
  });
}

/** Floating-point noise of one sigma on images of floats. */
export function gaussianKernel(sigma: number): CopyKernel<Float32Array> {
  const kernel = new Kernel();
  const { exports } = kernel;
  return copyKernel(kernel, (to, from, dimension, ...rest) =>
    exports.gaussianCopies(to, from, dimension, sigma, ...rest),
  );
}
