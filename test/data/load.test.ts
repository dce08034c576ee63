import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { DATASET_SPECS, loadDataset } from "smoothcert";
import { describe, expect, it } from "vitest";
import { expectArgumentError, expectFileError, idxBytes, temporaryFolder } from "./support.js";

const folder = temporaryFolder();

describe("loadDataset", () => {
  it.each(["mnistt", "cifar1000:data", "idx:", "", "C:\\none"])(
    "refuses the spec %j, and lists what there is",
    async (spec) => {
      const known = DATASET_SPECS.map((known) => known.spec).join(", ");
      const got = `spec must be one of ${known}, got ${JSON.stringify(spec)}`;
      await expectArgumentError(spec, "spec", got, "'smoothcert data' lists");
    },
  );

  it.each(["npy:a.npy", "npy:a.npy,", "npy:,b.npy", "idx:a,b,c"])(
    "refuses %j, which is no pair of paths",
    async (spec) => {
      await expectArgumentError(spec, "spec", `two paths with a comma between them`, `got "${spec}"`);
    },
  );

  it("refuses a split that is neither train nor test", async () => {
    const error: unknown = await loadDataset("mnist", "validation" as "test").catch((caught: unknown) => caught);
    const message = 'loadDataset: split must be train or test, got "validation"';
    expect(error).toMatchObject({ name: "ArgumentError", argument: "split", message });
  });

  it("says how to name a file that is half of a pair", async () => {
    const npy = await folder.write("x.npy", Uint8Array.of(0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0));
    await expectFileError(npy, "test", npy, "found a single .npy array", "npy:IMAGES,LABELS");
    const idx = await folder.write("t10k-images-idx3-ubyte", idxBytes([1, 1, 1], new Uint8Array(1)));
    await expectFileError(idx, "test", idx, "found a single IDX file", "idx:IMAGES,LABELS");
    const gz = await folder.write("y.gz", gzipSync(idxBytes([1], new Uint8Array(1))));
    await expectFileError(gz, "test", gz, "found a single IDX file");
  });

  it("passes on why a file cannot be read", async () => {
    const path = "a\0b";
    await expectFileError(`idx:${path},${path}`, "test", path, "found something that cannot be read", "null bytes");
  });

  it("says that a file or a folder holds none of the kinds", async () => {
    const text = await folder.write("notes.txt", "words");
    await expectFileError(text, "test", text, "found a file of another kind", "'smoothcert data' lists");
    const path = join(folder.path, "other");
    await mkdir(path);
    await expectFileError(path, "test", path, "a folder of IDX files, of CIFAR batches", "found an empty folder");
    await folder.write("other/notes.txt", "words");
    await expectFileError(path, "test", path, "found notes.txt", "'smoothcert data' lists");
  });
});
