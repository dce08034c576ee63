import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { ArgumentError, gridNoise, gridThresholds, type NoiseAddress, type NoiseSource, philox4x32 } from "smoothcert";
import { describe, expect, it } from "vitest";
import { levelOf } from "../laws/grid-levels.js";

interface Reference {
  readonly sigma: number;
  readonly count: number;
  /** Of all thresholds, rounded: 64-bit little-endian words. */
  readonly sha256: string;
  /** Index and exact value of some. */
  readonly thresholds: readonly (readonly [number, string])[];
  /** Between the law of the rounded thresholds and the exact one, in units of 2^-64. */
  readonly totalVariation: number;
}

// Made by test/fixtures/noise/make.py with mpmath.
const REFERENCES: readonly Reference[] = JSON.parse(
  readFileSync(new URL("../fixtures/noise/grid.json", import.meta.url), "utf8"),
);
const SIGMAS = REFERENCES.map(({ sigma }) => sigma);
const sigmas = fc.constantFrom(...SIGMAS);
const anyAddress: fc.Arbitrary<NoiseAddress> = fc.record({
  seed: fc.maxSafeNat(),
  stream: fc.nat(7),
  example: fc.integer({ min: 0, max: 0xffffffff }),
  sample: fc.integer({ min: 0, max: 0xffffff00 }),
});

const kappaOf = (sigma: number): number => Math.max(1, Math.floor(6 * sigma));
const floatOf = (level: number, sigma: number): number =>
  Math.fround(Math.min(Math.max(level, -255 * kappaOf(sigma)), 255 * (kappaOf(sigma) + 1)) / 255);

const sources = new Map(SIGMAS.map((sigma): [number, NoiseSource] => [sigma, gridNoise(sigma)]));
const sourceOf = (sigma: number): NoiseSource => sources.get(sigma) ?? gridNoise(sigma);

function copies(sigma: number, pixels: Uint8Array, address: NoiseAddress, count = 1): Float32Array {
  const out = new Float32Array(count * pixels.length);
  sourceOf(sigma).perturb(out, 0, pixels, address, count);
  return out;
}

describe("gridThresholds", () => {
  it.each(REFERENCES)("are 2^64 Phi((2j+1) / (510 sigma)) at sigma = $sigma, to the unit", (reference) => {
    const thresholds = gridThresholds(reference.sigma);
    expect(thresholds.length).toBe(reference.count);
    const scale = 10n ** 20n;
    for (const [i, text] of reference.thresholds) {
      const error = thresholds[i] * scale - BigInt(text.replace(".", ""));
      expect(error >= -scale && error <= scale, `threshold ${i}: ${thresholds[i]} for ${text}`).toBe(true);
    }
    const words = new Uint8Array(thresholds.buffer, thresholds.byteOffset, thresholds.byteLength);
    expect(createHash("sha256").update(words).digest("hex")).toBe(reference.sha256);
  });

  it("never fall, and mirror each other", () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-4, max: 2, noNaN: true }), (sigma) => {
        const thresholds = gridThresholds(sigma);
        expect(thresholds.length).toBe(510 * (kappaOf(sigma) + 1));
        for (let i = 1; i < thresholds.length; i++)
          if (thresholds[i] < thresholds[i - 1]) throw new Error(`threshold ${i} falls`);
        for (let i = 0; i < thresholds.length; i++) {
          const excess = thresholds[i] + thresholds[thresholds.length - 1 - i] - (1n << 64n);
          if (excess < -1n || excess > 1n) throw new Error(`threshold ${i} is no mirror image`);
        }
      }),
      { numRuns: 20 },
    );
  });

  it("give the Gaussian's law up to the distance that is stated", () => {
    const rows = REFERENCES.map(({ sigma, totalVariation }) => {
      const exact = totalVariation * 2 ** -64;
      const { distance = () => 0 } = sourceOf(sigma);
      expect(exact).toBeGreaterThan(0);
      expect(exact).toBeLessThanOrEqual(distance(1));
      expect(distance(3072)).toBeGreaterThanOrEqual(3072 * exact);
      expect(distance(3072)).toBeLessThanOrEqual(1e-12);
      const stated = distance(1).toExponential(2);
      return `sigma ${sigma}: total variation ${exact.toExponential(2)} a coordinate, stated ${stated}`;
    });
    console.log(rows.join("\n"));
  });

  it.each([0, 16.5, -1, Number.NaN, Infinity])("refuse sigma = %d", (sigma) => {
    for (const make of [gridThresholds, gridNoise]) {
      expect(() => make(sigma)).toThrow(ArgumentError);
      expect(() => make(sigma)).toThrow(`gridNoise: sigma must be in (0, 16], got ${sigma}`);
    }
  });
});

/** The 64-bit uniform of one coordinate, as the stream's definition says. */
function uniformOf(coordinate: number, { seed, stream, example, sample }: NoiseAddress): bigint {
  const [low, high] = [seed % 2 ** 32, Math.floor(seed / 2 ** 32)];
  const words = new Uint32Array(4);
  philox4x32(words, Math.floor(coordinate / 8), sample, example, stream, low, high);
  const word = words[(coordinate >> 1) & 3];
  const cell = coordinate % 2 === 0 ? word % 65536 : Math.floor(word / 65536);
  philox4x32(words, coordinate, sample, example, stream + 2 ** 31, low, high);
  return (BigInt(cell) << 48n) | (BigInt(words[0]) << 16n) | BigInt(words[1] >>> 16);
}

describe("gridNoise", () => {
  it.each(SIGMAS)(
    "is the inverse distribution function of 64 bits, also where 16 don't decide, at sigma = %d",
    (sigma) => {
      const thresholds = gridThresholds(sigma);
      const straddles = (u: bigint): boolean => {
        const start = (u >> 48n) << 48n;
        return levelOf(start, thresholds) !== levelOf(start | 0xffffffffffffn, thresholds);
      };
      let straddling = 0;
      const draws = fc.record({
        address: anyAddress,
        pixels: fc.uint8Array({ minLength: 1, maxLength: 40 }),
        longer: fc.nat(60),
      });
      fc.assert(
        fc.property(draws, ({ address, pixels, longer }) => {
          const image = Uint8Array.from({ length: pixels.length * (1 + longer) }, (_, i) => pixels[i % pixels.length]);
          const out = copies(sigma, image, address);
          for (let c = 0; c < image.length; c++) {
            const u = uniformOf(c, address);
            if (straddles(u)) straddling += 1;
            const exact = floatOf(image[c] + levelOf(u, thresholds), sigma);
            if (out[c] !== exact) throw new Error(`coordinate ${c} is ${out[c]} for ${exact}`);
          }
        }),
        { numRuns: 60 },
      );
      // A half per cent or more of the coordinates, of which there are thousands at least, and mostly 36,000: none by
      // chance once in 10^8 times.
      expect(straddling).toBeGreaterThan(0);
    },
  );

  // Found by search: the upper 32 bits are those of a threshold, and the lower ones decide, either way.
  it.each([
    [114, 2644, true],
    [272, 855, false],
    [299, 921, false],
    [1113, 963, true],
  ])("takes all 64 bits where 32 don't decide: sample %d, coordinate %d", (sample, coordinate, passed) => {
    const address = { seed: 0, stream: 1, example: 0, sample };
    const thresholds = gridThresholds(1);
    const u = uniformOf(coordinate, address);
    const near = thresholds.find((t) => t >> 32n === u >> 32n) as bigint;
    expect(near <= u).toBe(passed);
    const out = copies(1, new Uint8Array(coordinate + 1).fill(128), address);
    expect(out[coordinate]).toBe(floatOf(128 + levelOf(u, thresholds), 1));
  });

  it("is a function of address and coordinate: any split of the samples and any offset give the same floats", () => {
    const split = fc.tuple(
      sigmas,
      anyAddress,
      fc.uint8Array({ minLength: 1, maxLength: 40 }),
      fc.nat(6),
      fc.nat(6),
      fc.nat(9),
    );
    fc.assert(
      fc.property(split, ([sigma, address, pixels, head, tail, offset]) => {
        const whole = copies(sigma, pixels, address, head + tail);
        const source = sourceOf(sigma);
        const d = pixels.length;
        const parts = new Float32Array(offset + whole.length + 3).fill(7);
        source.perturb(parts, offset + head * d, pixels, { ...address, sample: address.sample + head }, tail);
        source.perturb(parts, offset, pixels, address, head);
        expect(parts.subarray(offset, offset + whole.length)).toEqual(whole);
        expect([...parts.subarray(0, offset), ...parts.subarray(offset + whole.length)]).toEqual(
          new Array(offset + 3).fill(7),
        );
        const shorter = pixels.subarray(0, Math.ceil(d / 2));
        expect(copies(sigma, shorter, address)).toEqual(copies(sigma, pixels, address).subarray(0, shorter.length));
      }),
    );
  });

  it("differs wherever a field of the address differs", () => {
    const pixels = new Uint8Array(64).fill(128);
    fc.assert(
      fc.property(anyAddress, anyAddress, (a, b) => {
        for (const field of ["seed", "stream", "example", "sample"] as const) {
          if (a[field] === b[field]) continue;
          expect(copies(0.5, pixels, { ...a, [field]: b[field] })).not.toEqual(copies(0.5, pixels, a));
        }
      }),
    );
  });

  it("shows nothing of the byte but its sum with the noise", () => {
    const pairs = fc.tuple(
      sigmas,
      anyAddress,
      fc.uint8Array({ minLength: 9, maxLength: 9 }),
      fc.uint8Array({ minLength: 9, maxLength: 9 }),
    );
    fc.assert(
      fc.property(pairs, ([sigma, address, x, y]) => {
        const levels = (pixels: Uint8Array): number[] => {
          const out = copies(sigma, pixels, address, 20);
          const whole = Array.from(out, (value) => Math.round(255 * value));
          expect([...out]).toEqual(whole.map((level) => Math.fround(level / 255)));
          return whole;
        };
        // What a middle grey shows, moved by the difference of the bytes and clipped, is what the byte shows: no clip
        // reaches it.
        const noise = levels(new Uint8Array(9).fill(128)).map((level) => level - 128);
        for (const pixels of [x, y])
          expect(levels(pixels).map((level) => Math.fround(level / 255))).toEqual(
            noise.map((j, i) => floatOf(pixels[i % 9] + j, sigma)),
          );
      }),
    );
  });

  it("refuses floats, and addresses out of range", () => {
    const out = new Float32Array(3);
    const address = { seed: 0, stream: 0, example: 0, sample: 0 };
    const floats = (): void => gridNoise(0.5).perturb(out, 0, Float32Array.of(0, 0.5, 1), address, 1);
    expect(floats).toThrow(ArgumentError);
    expect(floats).toThrow("gridNoise: pixels must be bytes, got floats. Use gaussianNoise for them");
    const negative = (): void => gridNoise(0.5).perturb(out, 0, Uint8Array.of(0, 1, 2), { ...address, sample: -1 }, 1);
    expect(negative).toThrow(ArgumentError);
    expect(negative).toThrow("gridNoise: sample must be an integer in [0, 4294967295], got -1");
    const far = (): void => gridNoise(0.5).perturb(out, 0, Uint8Array.of(0, 1, 2), { ...address, stream: 2 ** 31 }, 1);
    expect(far).toThrow("gridNoise: stream must be an integer in [0, 2147483647], got 2147483648");
  });

  // Users' certificates depend on every bit of it. If this fails, the law's name must change (see NoiseSource.id).
  it.each<[number, NoiseAddress, string, number[]]>([
    [
      0.25,
      { seed: 0, stream: 0, example: 0, sample: 0 },
      "2bfde0f31eece9955c739a2fdff5eadc53c22f2283bee9194960d2191339b45e",
      [85, 21, 121, 186, 177, 225],
    ],
    [
      0.5,
      { seed: 2 ** 32 + 5, stream: 1, example: 9980, sample: 96_000 },
      "9cc910b2c40d520709cf1a0245cfa12e7c5ef47d871de36aea1106df017ba7ec",
      [42, 83, 251, 398, 343, 10],
    ],
  ])("is what it has always been at sigma = %d, %j", (sigma, address, hash, first) => {
    const pixels = Uint8Array.from({ length: 100 }, (_, i) => (37 * i) % 256);
    const out = copies(sigma, pixels, address, 4000);
    expect(sourceOf(sigma).id).toBe("gaussian-grid/philox4x32-10/1");
    expect(sourceOf(sigma).sigma).toBe(sigma);
    expect([...out.subarray(0, 6)].map((value) => Math.round(255 * value))).toEqual(first);
    expect(createHash("sha256").update(new Uint8Array(out.buffer)).digest("hex")).toBe(hash);
  });
});
