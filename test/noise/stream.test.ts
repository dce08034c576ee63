import { createHash } from "node:crypto";
import fc from "fast-check";
import { ArgumentError, fillStandardNormal, gaussianNoise, type NoiseAddress, philox4x32, STREAM } from "smoothcert";
import { describe, expect, it } from "vitest";
import { boxMuller } from "../laws/box-muller.js";

const u32 = fc.integer({ min: 0, max: 0xffffffff });
const anyAddress: fc.Arbitrary<NoiseAddress> = fc.record({
  seed: fc.maxSafeNat(),
  stream: u32,
  example: u32,
  sample: fc.integer({ min: 0, max: 0xffffff00 }),
});

function normals(address: NoiseAddress, count: number): Float32Array {
  const out = new Float32Array(count);
  fillStandardNormal(out, address);
  return out;
}

describe("the noise stream", () => {
  // Users' certificates depend on every bit of it. If this fails, the law's name must change (see NoiseSource.id).
  it.each<[NoiseAddress, string, number[]]>([
    [
      { seed: 0, stream: 0, example: 0, sample: 0 },
      "709eebb5dd37c726e564ab73455de3ca707d209f3c889c143bb917da36b3c9c2",
      [-0.04700498655438423, -1.35467529296875, -0.09584151208400726, 0.7775894403457642],
    ],
    [
      { seed: 2 ** 32 + 5, stream: 1, example: 9980, sample: 99_999 },
      "6ac7b38bd1bc0fa5ba9d9c4af82c3c44362b2ceb0ab74b9f3997574ff6169bfe",
      [-0.757074773311615, 0.019323579967021942, 0.03227977827191353, -1.2536828517913818],
    ],
    [
      { seed: Number.MAX_SAFE_INTEGER, stream: 0xffffffff, example: 0xffffffff, sample: 0xffffffff },
      "e3b4074b39627744a616a3e044c907f57849372ded710477ef847e1998cdf35c",
      [-0.14966432750225067, 0.7726737260818481, -0.25219371914863586, 0.6964595913887024],
    ],
  ])("is what it has always been at %j", (address, hash, first) => {
    const out = normals(address, 1 << 18);
    expect([...out.subarray(0, 4)]).toEqual(first);
    expect(createHash("sha256").update(new Uint8Array(out.buffer)).digest("hex")).toBe(hash);
  });

  it("has the streams it has always had", () => {
    expect(STREAM).toEqual({
      selection: 0,
      estimation: 1,
      training: 2,
      shuffle: 3,
      initialization: 4,
      bound: 5,
      attack: 6,
      theory: 7,
      method: 8,
      augmentation: 9,
      words: 20,
      embedding: 21,
      dropout: 22,
      segments: 23,
      generation: 24,
    });
  });

  it("is Box and Muller's transform of Philox at (coordinate / 4, sample, example, stream) under the seed", () => {
    const words = new Uint32Array(4);
    fc.assert(
      fc.property(anyAddress, fc.nat(20), (address, block) => {
        const { seed, stream, example, sample } = address;
        const z = normals(address, 4 * block + 4).subarray(4 * block);
        philox4x32(words, block, sample, example, stream, seed % 2 ** 32, Math.floor(seed / 2 ** 32));
        const exact = [...boxMuller(words[0], words[1]), ...boxMuller(words[2], words[3])];
        for (let i = 0; i < 4; i++) expect(Math.abs(z[i] - exact[i])).toBeLessThan(Math.abs(exact[i]) * 2 ** -21);
      }),
    );
  });

  it("is a function of address and coordinate: any count and offset give the same numbers", () => {
    fc.assert(
      fc.property(anyAddress, fc.nat(67), fc.nat(67), fc.nat(9), (address, count, longer, offset) => {
        const all = normals(address, count + longer);
        const out = new Float32Array(offset + count + 3).fill(7);
        fillStandardNormal(out, address, offset, count);
        expect([...out.subarray(offset, offset + count)]).toEqual([...all.subarray(0, count)]);
        expect([...out.subarray(0, offset), ...out.subarray(offset + count)]).toEqual(new Array(offset + 3).fill(7));
      }),
    );
  });

  it("differs wherever a field of the address differs", () => {
    fc.assert(
      fc.property(anyAddress, anyAddress, (a, b) => {
        fc.pre(JSON.stringify(a) !== JSON.stringify(b));
        for (const field of ["seed", "stream", "example", "sample"] as const) {
          fc.pre(a[field] !== b[field]);
          expect(normals({ ...a, [field]: b[field] }, 4)).not.toEqual(normals(a, 4));
        }
      }),
    );
  });

  it("tells seeds apart that differ above 32 bits only", () => {
    const address = { seed: 5, stream: 0, example: 0, sample: 0 };
    expect(normals({ ...address, seed: 2 ** 32 + 5 }, 4)).not.toEqual(normals(address, 4));
  });

  it.each([
    ["seed", -1, "an integer of at least 0, got -1"],
    ["seed", 2 ** 53, "an integer of at least 0, got 9007199254740992"],
    ["seed", 0.5, "an integer of at least 0, got 0.5"],
    ["stream", 2 ** 32, "an integer in [0, 4294967295], got 4294967296"],
    ["example", -3, "an integer in [0, 4294967295], got -3"],
    ["sample", Number.NaN, "an integer in [0, 4294967295], got NaN"],
  ])("refuses %s = %d", (field, value, message) => {
    const draw = (): unknown => normals({ seed: 0, stream: 0, example: 0, sample: 0, [field]: value }, 4);
    expect(draw).toThrow(ArgumentError);
    expect(draw).toThrow(`fillStandardNormal: ${field} must be ${message}`);
  });
});

describe("gaussianNoise", () => {
  const shape = fc.integer({ min: 1, max: 9 });

  it("writes x + sigma z in single precision, copy after copy, whatever way the copies are split", () => {
    const split = fc.tuple(
      anyAddress,
      shape,
      fc.integer({ min: 1, max: 9 }),
      fc.nat(8),
      fc.double({ min: 0, max: 2, noNaN: true }),
    );
    fc.assert(
      fc.property(split, ([address, dimension, count, cut, sigma]) => {
        const pixels = Float32Array.from({ length: dimension }, (_, j) => j / 7);
        const source = gaussianNoise(sigma);
        const whole = new Float32Array(count * dimension);
        source.perturb(whole, 0, pixels, address, count);
        for (let c = 0; c < count; c++) {
          const z = normals({ ...address, sample: address.sample + c }, dimension);
          const copy = whole.subarray(c * dimension, (c + 1) * dimension);
          expect([...copy]).toEqual(
            [...z].map((value, j) => Math.fround(pixels[j] + Math.fround(Math.fround(sigma) * value))),
          );
        }
        const first = Math.min(cut, count);
        const parts = new Float32Array(count * dimension);
        source.perturb(parts, first * dimension, pixels, { ...address, sample: address.sample + first }, count - first);
        source.perturb(parts, 0, pixels, address, first);
        expect(parts).toEqual(whole);
      }),
    );
  });

  it("takes a byte for level / 255", () => {
    const out = new Float32Array(3);
    gaussianNoise(0).perturb(out, 0, Uint8Array.of(0, 51, 255), { seed: 1, stream: 0, example: 0, sample: 0 }, 1);
    expect([...out]).toEqual([0, Math.fround(0.2), 1]);
  });

  it.each([-0.1, Number.NaN, Infinity])("refuses sigma = %d", (sigma) => {
    expect(() => gaussianNoise(sigma)).toThrow(ArgumentError);
    expect(() => gaussianNoise(sigma)).toThrow(
      `sigma must be at least 0, and finite in single precision, got ${sigma}`,
    );
  });
});
