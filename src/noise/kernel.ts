import { keyOf, type NoiseAddress } from "./address.js";
import { KERNEL } from "./kernel-bytes.js";

/**
 * The noise kernels in WebAssembly with SIMD (assembly/kernel.ts). They write the same floats as the TypeScript that stands beside their callers, several times as
 * fast: a noise source uses them where they run, and the plain code elsewhere.
 */

/** What the module exports. Addresses are byte offsets into its memory. */
interface KernelExports {
  readonly memory: WebAssembly.Memory;
  heapBase(): number;
  useTables(cells: number, floats: number, thresholds: number, passed: number, reach: number): void;
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
    new Uint8Array(this.#exports.memory.buffer).set(
      new Uint8Array(table.buffer, table.byteOffset, table.byteLength),
      at,
    );
    return at;
  }

  /**
   * Makes `count` copies of an image in chunks and moves them to `out`.
   *
   * @param run makes `copies` copies: told where to write, where the image is, and the words of the address
   */
  copy(
    image: Uint8Array | Float32Array,
    out: Float32Array,
    offset: number,
    address: NoiseAddress,
    count: number,
    run: (to: number, from: number, ...addressAndCount: number[]) => void,
  ): void {
    const dimension = image.length;
    const atOnce = Math.min(count, Math.max(1, Math.floor(CHUNK / (4 * dimension))));
    this.#reserve(image.byteLength, 4 * dimension * atOnce);
    new Uint8Array(this.#exports.memory.buffer).set(
      new Uint8Array(image.buffer, image.byteOffset, image.byteLength),
      this.#image,
    );
    const { seed, stream, example, sample } = address;
    const [low, high] = keyOf(seed);
    for (let done = 0; done < count; done += atOnce) {
      const copies = Math.min(atOnce, count - done);
      run(this.#copies, this.#image, low, high, stream, example, sample + done, copies);
      const made = new Float32Array(this.#exports.memory.buffer, this.#copies, copies * dimension);
      out.set(made, offset + done * dimension);
    }
  }

  /** Room for an image and copies of it, reused while they fit. */
  #reserve(imageBytes: number, copyBytes: number): void {
    if (imageBytes > this.#imageBytes) {
      this.#image = this.#allocate(imageBytes + SLACK);
      this.#imageBytes = imageBytes;
    }
    if (copyBytes > this.#copyBytes) {
      this.#copies = this.#allocate(copyBytes + SLACK);
      this.#copyBytes = copyBytes;
    }
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

/** Writes noisy copies of one image; see `NoiseSource.perturb`. */
export type CopyKernel<Image> = (
  out: Float32Array,
  offset: number,
  image: Image,
  address: NoiseAddress,
  count: number,
) => void;

/** Noise on the grid by these tables: 65,536 cells, floats of the levels, thresholds, and how many of them lie at or below each cell's beginning. */
export function gridKernel(
  cells: Int16Array,
  floats: Float32Array,
  thresholds: BigUint64Array,
  passed: Uint16Array,
  reach: number,
): CopyKernel<Uint8Array> {
  const kernel = new Kernel();
  const { exports } = kernel;
  exports.useTables(kernel.place(cells), kernel.place(floats), kernel.place(thresholds), kernel.place(passed), reach);
  return (out, offset, image, address, count) =>
    kernel.copy(image, out, offset, address, count, (to, from, ...rest) =>
      exports.gridCopies(to, from, image.length, ...rest),
    );
}

/** Floating-point noise of one sigma on images of floats. */
export function gaussianKernel(sigma: number): CopyKernel<Float32Array> {
  const kernel = new Kernel();
  const { exports } = kernel;
  return (out, offset, image, address, count) =>
    kernel.copy(image, out, offset, address, count, (to, from, ...rest) =>
      exports.gaussianCopies(to, from, image.length, sigma, ...rest),
    );
}
