import { readFileSync } from "node:fs";
import fc from "fast-check";
import { ArgumentError, fastestNoise, gaussianNoise, gridNoise, type NoiseAddress, type NoiseSource } from "smoothcert";
import { describe, expect, it } from "vitest";
import { compileKernel, moduleOf } from "../../assembly/compile.mjs";
import { repetitions } from "../laws/effort.js";

const u32 = fc.integer({ min: 0, max: 0xffffffff });
const anyAddress: fc.Arbitrary<NoiseAddress> = fc.record({
  seed: fc.maxSafeNat(),
  stream: fc.integer({ min: 0, max: 0x7fffffff }),
  example: u32,
  sample: fc.oneof(fc.integer({ min: 0, max: 1000 }), fc.integer({ min: 0xffffff00, max: 0xffffffc0 })),
});
/** Sizes around the 16, 32 and 1024 coordinates that the kernels make at once, and those of MNIST and CIFAR. */
const dimensions = fc.oneof(fc.integer({ min: 1, max: 70 }), fc.constantFrom(783, 784, 785, 1023, 1024, 1030, 3072));
const sigmas = fc.constantFrom(0.12, 0.25, 0.5, 1, 64 / 255, 2);

/** Copies by one implementation, between guards that must stay as they are; in the source's own room and elsewhere. */
function copies(
  source: NoiseSource,
  pixels: Uint8Array | Float32Array,
  address: NoiseAddress,
  count: number,
  at: number,
) {
  const length = at + count * pixels.length + 40;
  const [elsewhere, inRoom] = [new Float32Array(length), source.room!(length)].map((out) => {
    out.fill(-7);
    source.perturb(out, at, pixels, address, count);
    expect([...out.subarray(0, at), ...out.subarray(at + count * pixels.length)].every((x) => x === -7)).toBe(true);
    return Buffer.from(out.slice().buffer);
  });
  expect(inRoom.equals(elsewhere)).toBe(true);
  return elsewhere;
}

describe("the noise kernels", () => {
  it("run here", () => {
    expect(fastestNoise()).toBe("wasm");
  });

  it("are those of the sources beside them", async () => {
    const committed = readFileSync(new URL("../../src/noise/kernel-bytes.ts", import.meta.url), "utf8");
    expect(moduleOf(await compileKernel())).toBe(committed);
  });

  it("write the noise on the grid of the TypeScript reference, bit for bit, at any size, offset and address", () => {
    const sources = new Map<number, [NoiseSource, NoiseSource]>();
    fc.assert(
      fc.property(
        dimensions,
        fc.integer({ min: 1, max: 40 }),
        fc.nat(9),
        sigmas,
        anyAddress,
        fc.nat(255),
        (dimension, count, at, sigma, address, shift) => {
          const [fast, plain] = sources.get(sigma) ?? [gridNoise(sigma, "wasm"), gridNoise(sigma, "typescript")];
          sources.set(sigma, [fast, plain]);
          const pixels = Uint8Array.from({ length: dimension }, (_, i) => (i * 37 + shift) % 256);
          expect(copies(fast, pixels, address, count, at).equals(copies(plain, pixels, address, count, at))).toBe(true);
        },
      ),
      { numRuns: repetitions(300) },
    );
  });

  it("write the floating-point noise of the TypeScript reference, bit for bit, on bytes and on floats", () => {
    fc.assert(
      fc.property(
        dimensions,
        fc.integer({ min: 1, max: 20 }),
        fc.nat(9),
        fc.oneof(sigmas, fc.double({ min: 0, max: 100, noNaN: true })),
        anyAddress,
        fc.boolean(),
        (dimension, count, at, sigma, address, bytes) => {
          const [fast, plain] = [gaussianNoise(sigma, "wasm"), gaussianNoise(sigma, "typescript")];
          const pixels = bytes
            ? Uint8Array.from({ length: dimension }, (_, i) => (i * 37) % 256)
            : Float32Array.from({ length: dimension }, (_, i) => Math.sin(i) * 1.5);
          expect(copies(fast, pixels, address, count, at).equals(copies(plain, pixels, address, count, at))).toBe(true);
        },
      ),
      { numRuns: repetitions(200) },
    );
  });

  it("agree with the reference on millions of draws: every cell that straddles levels, and corner cases", () => {
    const pixels = new Uint8Array(3072).fill(128);
    const address = { seed: 11, stream: 3, example: 5, sample: 0 };
    for (const sigma of [0.25, 1]) {
      for (const make of [gridNoise, gaussianNoise]) {
        const [fast, plain] = [make(sigma, "wasm"), make(sigma, "typescript")];
        const [a, b] = [fast, plain].map((source) => copies(source, pixels, address, 700, 0));
        expect(a.equals(b)).toBe(true);
      }
    }
  });

  it("serve images of different sizes and sources of different sigma in turn", () => {
    const [small, large] = [new Uint8Array(10).fill(3), new Uint8Array(5000).fill(200)];
    const address = { seed: 1, stream: 0, example: 0, sample: 0 };
    const [half, one] = [gridNoise(0.5), gridNoise(1)];
    const turns = [small, large, small].flatMap((image) => [half, one].map((source) => [source, image] as const));
    for (const [source, image] of turns) {
      const plain = gridNoise(source.sigma, "typescript");
      expect(copies(source, image, address, 3, 0).equals(copies(plain, image, address, 3, 0))).toBe(true);
    }
  });

  it.each(["wasm", "typescript"] as const)("refuse copies beyond the last address, in %s", (implementation) => {
    const last = { seed: 0, stream: 0, example: 0, sample: 0xffffffff };
    const out = new Float32Array(8);
    for (const source of [gridNoise(0.5, implementation), gaussianNoise(0.5, implementation)]) {
      source.perturb(out, 0, new Uint8Array(4), last, 1);
      expect(() => source.perturb(out, 0, new Uint8Array(4), last, 2)).toThrow(ArgumentError);
      expect(() => source.perturb(out, 0, new Uint8Array(4), last, 2)).toThrow(
        "sample must be an integer in [0, 4294967295]",
      );
    }
  });
});
