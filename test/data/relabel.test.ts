import fc from "fast-check";
import { createDataset, type LabelMap, relabel } from "smoothcert";
import { describe, expect, it } from "vitest";

function dataset(labels: readonly number[], classes: number) {
  return createDataset({
    name: "d",
    split: "test",
    shape: [1, 1, 1],
    classes: Array.from({ length: classes }, (_, c) => `c${c}`),
    pixels: Uint8Array.from(labels, (_, i) => i),
    labels,
    source: "here",
  });
}

describe("relabel", () => {
  it("maps labels, leaves out those without one, and keeps pixels and order", () => {
    const cases = fc.integer({ min: 1, max: 5 }).chain((classes) =>
      fc.record({
        labels: fc.array(fc.nat(classes - 1), { minLength: 1, maxLength: 20 }),
        map: fc.array(fc.option(fc.nat(6)), { minLength: classes, maxLength: classes }),
      }),
    );
    fc.assert(
      fc.property(cases, ({ labels, map }) => {
        const kept = labels.flatMap((label, i) => (map[label] === null ? [] : [[i, map[label] as number]]));
        fc.pre(kept.length > 0);
        const mapped = relabel(dataset(labels, map.length), map, 7);
        expect(mapped.length).toBe(kept.length);
        const examples = kept.map((_, i) => mapped.example(i));
        expect(examples.map(({ pixels, label }) => [pixels[0], label])).toEqual(kept);
        expect([mapped.classes.length, mapped.labelMap]).toEqual([7, map]);
      }),
    );
  });

  it("has the hash of the same examples, read from anywhere", () => {
    const mapped = relabel(dataset([0, 1, 2, 1], 3), [4, null, 0], 5);
    const same = createDataset({
      name: "other",
      split: "test",
      shape: [1, 1, 1],
      classes: ["a", "b", "c", "d", "e"],
      pixels: Uint8Array.of(0, 2),
      labels: [4, 0],
      source: "there",
    });
    expect(mapped.hash()).toBe(same.hash());
    expect(relabel(dataset([0, 1], 2), [0, 1], 2).hash()).toBe(dataset([0, 1], 2).hash());
  });

  it("names the model's classes by those that they stand for", () => {
    expect(relabel(dataset([0, 1, 2], 3), [3, 3, 1], 5).classes).toEqual(["0", "c2", "2", "c0/c1", "4"]);
  });

  it.each<[LabelMap, string]>([
    [[0], "the map must be 2 entries, one for each class of d, got 1"],
    [[0, 3], "the model's class of 'c1' must be an integer in [0, 2], got 3"],
    [[null, null], "the map must be one that keeps some image"],
  ])("refuses %j", (map, message) => {
    expect(() => relabel(dataset([0, 1], 2), map, 3)).toThrow(message);
  });
});
