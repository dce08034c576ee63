import { existsSync } from "node:fs";
import { describeDataset, loadDataset, takeFirst } from "smoothcert";
import { describe, expect, it } from "vitest";

describe("mnist", () => {
  it("has 60,000 training images with the published statistics", async () => {
    const train = await loadDataset("mnist", "train");
    expect(train).toMatchObject({ name: "mnist", split: "train", shape: [28, 28, 1], length: 60_000 });
    const { mean, std, classes } = describeDataset(train);
    // The normalisation that everyone uses: 0.1307 and 0.3081 (e.g. PyTorch's MNIST example).
    expect(mean[0]).toBeCloseTo(0.1307, 4);
    expect(std[0]).toBeCloseTo(0.3081, 4);
    expect(classes.map(({ count }) => count)).toEqual([5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]);
    expect([0, 1, 2, 3, 4].map((i) => train.example(i).label)).toEqual([5, 0, 4, 1, 9]);
  });

  it("has 10,000 test images with the known labels", async () => {
    const test = await loadDataset("mnist", "test");
    expect(test).toMatchObject({ split: "test", shape: [28, 28, 1], length: 10_000, pixelType: "bytes" });
    expect(test.example(0).label).toBe(7);
    const counts = describeDataset(test).classes.map(({ count }) => count);
    expect(counts).toEqual([980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]);
  });

  const shared = "../shared/data/mnist";
  it.skipIf(!existsSync(shared))(`equals the files of ${shared} (skipped where they are missing)`, async () => {
    const test = await loadDataset(shared, "test");
    expect(test.hash()).toBe((await loadDataset("mnist", "test")).hash());
    const train = await loadDataset(shared, "train");
    expect(train.hash()).toBe(takeFirst(await loadDataset("mnist", "train"), 10_000).hash());
  });
});
