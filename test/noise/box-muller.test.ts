import { fillStandardNormal } from "smoothcert";
import { describe, expect, it, vi } from "vitest";
import { boxMuller } from "../laws/box-muller.js";

/** The words that the next block gets: what the transform makes of each word can be seen, the rarest included. */
const scripted = new Uint32Array(4);
vi.mock("../../src/noise/philox.js", () => ({
  philox4x32: (out: Uint32Array): void => out.set(scripted),
}));

const ADDRESS = { seed: 0, stream: 0, example: 0, sample: 0 };

function transform(radius: number, angle: number): [number, number] {
  scripted.set([radius, angle, radius, angle]);
  const out = new Float32Array(2);
  fillStandardNormal(out, ADDRESS);
  return [out[0], out[1]];
}

/** Words near every place where the code branches, and a spread of others. */
function words(): number[] {
  const edges = [0, 1, 2 ** 29, 2 ** 30, 2 ** 31, 3 * 2 ** 30, 3037000499, 2 ** 32 - 1];
  const around = edges.flatMap((edge) => [-2, -1, 0, 1, 2].map((step) => edge + step));
  const powers = Array.from({ length: 32 }, (_, bit) => 2 ** bit);
  const spread = Array.from({ length: 500 }, (_, i) => (i * 2654435769) % 2 ** 32);
  return [...around, ...powers, ...spread].filter((word) => word >= 0 && word < 2 ** 32);
}

describe("Box and Muller's transform", () => {
  it("agrees with the functions of Math to a few roundings of float32", () => {
    for (const radius of words()) {
      for (const angle of words()) {
        const z = transform(radius, angle);
        const exact = boxMuller(radius, angle);
        for (const i of [0, 1]) {
          const error = Math.abs(z[i] - exact[i]);
          if (error > Math.abs(exact[i]) * 2 ** -21) expect.fail(`words ${radius}, ${angle}: ${z} for ${exact}`);
        }
      }
    }
  });

  it("reaches sqrt(-2 ln 2^-33) = 6.76 sigma and no further", () => {
    const [z] = transform(0, 2 ** 29);
    expect(z).toBeCloseTo(Math.sqrt(66 * Math.LN2), 5);
    const [smallest] = transform(2 ** 32 - 1, 2 ** 29);
    expect(smallest).toBeCloseTo(2 ** -16, 9);
  });

  it("covers the circle evenly: the angles of evenly spaced words are evenly spaced", () => {
    const count = 1024;
    const angles = Array.from({ length: count }, (_, i) => {
      const [x, y] = transform(2 ** 31, (i + 0.5) * (2 ** 32 / count));
      return Math.atan2(y, x);
    }).sort((a, b) => a - b);
    for (let i = 1; i < count; i++) expect(angles[i] - angles[i - 1]).toBeCloseTo((2 * Math.PI) / count, 5);
  });
});
