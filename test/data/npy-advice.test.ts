import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { zipSync } from "fflate";
import { dump } from "npyjs";
import { loadDataset } from "smoothcert";
import { describe, expect, it } from "vitest";
import { contentOf, temporaryFolder } from "./support.js";

const folder = temporaryFolder();
const CASES = fileURLToPath(new URL("../fixtures/cases/npy-advice/", import.meta.url));
const advice = JSON.parse(readFileSync(`${CASES}advice.json`, "utf8")) as Record<string, string>;

/** The spec of a pair with this file as images or labels, and the right other half beside it. */
function pairWith(name: string): string {
  const small = readFileSync(`${CASES}${name}.npy`).length < 500;
  const labels = name.startsWith("y");
  const many = /^(yonehot|ybe|i64|pm1|fnan|be32)/.test(name) || (!labels && !small);
  const [x, y] = labels ? [many ? "u8" : "x8", name] : [name, many ? "y" : "y2"];
  return `npy:${CASES}${x}.npy,${CASES}${y}.npy`;
}

async function messageOf(spec: string): Promise<string> {
  const error: unknown = await loadDataset(spec, "test").catch((caught: unknown) => caught);
  expect(error).toMatchObject({ name: "FileError" });
  return (error as Error).message;
}

describe("advice for a NumPy array that can't be read as it is", () => {
  it.each(Object.entries(advice))("%s is told %s, which makes it one that can", async (name, expression) => {
    const message = await messageOf(pairWith(name));
    expect(message.startsWith(`${CASES}${name}.npy: expected `)).toBe(true);
    expect(message).toContain(expression);
    // Records and objects become plain numbers first, whose own advice is followed next.
    const next = advice[`${name}-converted`];
    if (next !== undefined) return expect(await messageOf(pairWith(`${name}-converted`))).toContain(next);
    const dataset = await loadDataset(pairWith(`${name}-converted`), "test");
    expect(dataset.length).toBe(name.startsWith("y") && /onehot(64)?$/.test(name) ? 10 : dataset.length);
    for (const pixel of dataset.example(0).pixels) expect(pixel).toSatisfy(Number.isFinite);
  });

  it("leaves the images what they were", async () => {
    const original = contentOf(await loadDataset(`npy:${CASES}x8.npy,${CASES}y2.npy`, "test"));
    const unit = original.pixels.map((level) => level / 255);
    for (const name of ["int16-levels", "uint16", "float16", "fractions", "levels16", "standardised"]) {
      const { pixels } = contentOf(await loadDataset(pairWith(`${name}-converted`), "test"));
      const white = name === "fractions" ? unit.map((value) => value / 2.5) : unit;
      expect(Math.max(...pixels.map((pixel, i) => Math.abs(pixel - white[i])))).toBeLessThan(1e-3);
    }
    for (const name of ["int8", "uint64", "levels", "objects-converted", "fortran"]) {
      expect(contentOf(await loadDataset(pairWith(`${name}-converted`), "test"))).toEqual(original);
    }
    for (const name of ["y-objects", "y-floats", "y-onehot-bool", "y-onehot-column"]) {
      expect(contentOf(await loadDataset(pairWith(`${name}-converted`), "test")).labels).toEqual([2, 0]);
    }
    for (const name of ["y-chances", "y-names", "y-bool"]) {
      expect(contentOf(await loadDataset(pairWith(`${name}-converted`), "test")).labels).toEqual([1, 0]);
    }
  });

  it("was followed for every array of the folder that isn't read", async () => {
    const arrays = readdirSync(CASES).filter((file) => file.endsWith(".npy") && !file.endsWith("-converted.npy"));
    const read = ["be16-labels", "be32", "be64", "u8", "x8", "y", "y2", "ybe"];
    const named = Object.keys(advice).filter((name) => !name.endsWith("-converted"));
    expect([...named, ...read].map((name) => `${name}.npy`).sort()).toEqual(arrays.sort());
  });

  it("is given for the members of an archive too", async () => {
    const members = { "x.npy": readFileSync(`${CASES}uint16.npy`), "y.npy": readFileSync(`${CASES}y2.npy`) };
    const path = await folder.write("archive.npz", zipSync(members));
    expect(await messageOf(path)).toContain(`${path}:x: expected an array of images`);
    expect(await messageOf(path)).toContain("found uint16. Convert it before saving: (x / 65535).astype(np.float32).");
  });
});

describe("the other byte order", () => {
  it("is read: the cases' images and labels", async () => {
    const big = await loadDataset(`npy:${CASES}be32.npy,${CASES}ybe.npy`, "test");
    const bytes = contentOf(await loadDataset(`npy:${CASES}u8.npy,${CASES}y.npy`, "test"));
    const { pixels, labels } = contentOf(big);
    expect(labels).toEqual(bytes.labels);
    expect(pixels).toEqual(bytes.pixels.map((level) => Math.fround(level / 255)));
    const small = await loadDataset(`npy:${CASES}be64.npy,${CASES}be16-labels.npy`, "test");
    expect(contentOf(small).labels).toEqual([2, 0]);
  });

  it("gives the same data set, whatever the type", async () => {
    const types = [Int16Array, Uint16Array, Int32Array, Uint32Array, BigInt64Array, BigUint64Array];
    const x = await folder.write("x.npy", new Uint8Array(dump(new Uint8Array(12), [3, 2, 2])));
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...types),
        fc.array(fc.nat(300), { minLength: 3, maxLength: 3 }),
        async (type, labels) => {
          const values = type.name.startsWith("Big") ? labels.map(BigInt) : labels;
          const array = (type as unknown as { from(of: unknown): Int16Array }).from(values);
          const little = Buffer.from(dump(array, [3]));
          const big = Buffer.from(little);
          big[big.indexOf("'<") + 1] = ">".charCodeAt(0);
          const data = big.subarray(big.length - array.byteLength);
          if (array.BYTES_PER_ELEMENT === 2) data.swap16();
          else if (array.BYTES_PER_ELEMENT === 4) data.swap32();
          else data.swap64();
          const read = async (bytes: Uint8Array) =>
            contentOf(await loadDataset(`npy:${x},${await folder.write("y.npy", bytes)}`, "test"));
          expect(await read(big)).toEqual(await read(little));
          expect((await read(big)).labels).toEqual(labels);
        },
      ),
      { numRuns: 30 },
    );
  });

  it("accepts no file that is cut short anywhere", async () => {
    const whole = readFileSync(`${CASES}be16-labels.npy`);
    for (let length = 0; length < whole.length; length++) {
      const path = await folder.write("y.npy", whole.subarray(0, length));
      expect(await messageOf(`npy:${CASES}x8.npy,${path}`)).toContain("cut short");
    }
  });
});
