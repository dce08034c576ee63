import fc from "fast-check";
import { dump } from "npyjs";
import { describeDataset, loadDataset } from "smoothcert";
import { describe, expect, it } from "vitest";
import { expectFileError, temporaryFolder } from "./support.js";

const folder = temporaryFolder();

async function table(values: Float32Array | Float64Array, shape: readonly number[]): Promise<string> {
  const x = await folder.write("x.npy", new Uint8Array(dump(values, [...shape])));
  const labels = Int32Array.from({ length: shape[0] }, (_, i) => i % 2);
  return `npy:${x},${await folder.write("y.npy", new Uint8Array(dump(labels, [shape[0]])))}`;
}

describe("tables", () => {
  it("keep every finite float32, in rows of one pixel with a channel a feature", async () => {
    const rows = fc.tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 6 })).chain(([n, features]) => {
      const size = n * features;
      const float = fc.float({ noNaN: true, noDefaultInfinity: true });
      return fc.record({
        n: fc.constant(n),
        features: fc.constant(features),
        values: fc.array(float, { minLength: size, maxLength: size }),
      });
    });
    await fc.assert(
      fc.asyncProperty(rows, async ({ n, features, values }) => {
        for (const kind of [Float32Array, Float64Array]) {
          const dataset = await loadDataset(await table(kind.from(values), [n, features]), "test");
          expect([dataset.shape, dataset.pixelType, dataset.length]).toEqual([[1, 1, features], "values", n]);
          const all = Array.from({ length: n }, (_, i) => [...dataset.example(i).pixels]);
          expect(all.flat()).toEqual([...Float32Array.from(values)]);
        }
      }),
      { numRuns: 30 },
    );
  });

  it("are described column by column, in their own units", async () => {
    const spec = await table(Float64Array.of(-5, 1000, 5, 3000), [2, 2]);
    expect(describeDataset(await loadDataset(spec, "test"))).toMatchObject({ mean: [0, 2000], std: [5, 1000] });
  });

  it.each([
    [Number.NaN, "NaN in row 1, column 0"],
    [Infinity, "Infinity in row 1, column 0"],
    [1e39, "1e+39 in row 1, column 0"],
  ])("refuse %d, which is no finite float32", async (value, found) => {
    const spec = await table(Float64Array.of(0, 1, value, 2), [2, 2]);
    await expectFileError(spec, "test", `${folder.path}/x.npy`, "finite in float32", found, "isfinite");
  });

  it("are floats: images out of [0, 1] stay refused", async () => {
    const spec = await table(Float32Array.of(0, 2), [1, 1, 2]);
    await expectFileError(spec, "test", `${folder.path}/x.npy`, "floats in [0, 1]");
  });
});
