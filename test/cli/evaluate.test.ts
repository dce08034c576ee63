import { describe, expect, it } from "vitest";
import { folderWithRun, smoothcert } from "./support.js";

const folder = folderWithRun();

describe("smoothcert evaluate", () => {
  it("prints accuracies rounded down, and the confusion matrix where it is asked for", async () => {
    const { code, out } = await smoothcert("evaluate", folder.run, "--max", "300", "--confusion");
    expect(code).toBe(0);
    const [first, , head, ...rows] = out.trimEnd().split("\n");
    const [, accuracy] = /^accuracy of 300 images without noise: ([\d.]+) %, among the top 5: [\d.]+ %$/.exec(first)!;
    expect(head.split(/ +/)).toEqual(["label", ..."0123456789"]);
    const counts = rows.map((row) => row.split(/ +/).slice(1).map(Number));
    const right = counts.reduce((sum, row, label) => sum + row[label], 0);
    expect(counts.flat().reduce((a, b) => a + b, 0)).toBe(300);
    expect(accuracy).toBe((Math.floor((10_000 * right) / 300) / 100).toFixed(2));
    const json = JSON.parse((await smoothcert("evaluate", folder.run, "--max", "300", "--top", "1", "--json")).out);
    expect(json).toMatchObject({ images: 300, right, rightInTop: right, top: 1, confusion: counts });
  });

  it("refuses what it can't evaluate", async () => {
    expect(await smoothcert("evaluate", folder.at("none"))).toMatchObject({
      code: 1,
      err: expect.stringContaining("expected a run folder, a model folder or an .onnx file, found nothing"),
    });
    expect(await smoothcert("evaluate", folder.run, "--top", "0")).toMatchObject({
      code: 2,
      err: 'error: --top must be an integer of at least 1, got "0"\n',
    });
  });
});
