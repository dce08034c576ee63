import fc from "fast-check";
import { createDataset, type Dataset } from "smoothcert";
import { type BaseClassifier, evaluate } from "smoothcert/certify";
import { expect, it } from "vitest";

/** Images of one pixel, which says which row of a table of scores is theirs. */
function dataOf(labels: readonly number[], classes: number): Dataset {
  return createDataset({
    name: "numbered",
    split: "test",
    shape: [1, 1, 1],
    classes: Array.from({ length: classes }, (_, c) => String(c)),
    pixels: Uint8Array.from(labels, (_, i) => i),
    labels: [...labels],
    source: "test",
  });
}

function classifierOf(scores: readonly (readonly number[])[], batchSize: number, withScores: boolean): BaseClassifier {
  const of = (batch: Float32Array, count: number): number[] =>
    Array.from(batch.subarray(0, count)).flatMap((pixel) => scores[Math.round(255 * pixel)]);
  const classes = scores[0].length;
  return {
    name: "table",
    inputShape: [1, 1, 1],
    classes,
    hash: "",
    runtime: "test",
    batchSize,
    ...(withScores && { scores: async (batch: Float32Array, count: number) => of(batch, count) }),
    async classify(batch, count, labels) {
      const all = of(batch, count);
      for (let i = 0; i < count; i++) {
        const own = all.slice(i * classes, (i + 1) * classes);
        labels[i] = own.indexOf(Math.max(...own));
      }
    },
  };
}

it("counts what a sort of the scores counts, ties by the order of the classes, in batches of any size", async () => {
  const cases = fc.integer({ min: 2, max: 6 }).chain((classes) =>
    fc.record({
      classes: fc.constant(classes),
      top: fc.integer({ min: 1, max: 7 }),
      batchSize: fc.integer({ min: 1, max: 9 }),
      withScores: fc.boolean(),
      rows: fc.array(fc.tuple(fc.nat(classes - 1), fc.array(fc.nat(3), { minLength: classes, maxLength: classes })), {
        minLength: 1,
        maxLength: 30,
      }),
    }),
  );
  await fc.assert(
    fc.asyncProperty(cases, async ({ classes, top, batchSize, withScores, rows }) => {
      const base = classifierOf(
        rows.map(([, scores]) => scores),
        batchSize,
        withScores,
      );
      const labels = rows.map(([label]) => label);
      const indices = labels.map((_, i) => i).filter((i) => i % 2 === 0);
      const found = await evaluate(base, dataOf(labels, classes), indices, { top });
      const ranked = rows.map(([, scores]) => scores.map((_, c) => c).sort((a, b) => scores[b] - scores[a] || a - b));
      const count = (holds: (i: number) => boolean): number => indices.filter(holds).length;
      expect(found.images).toBe(indices.length);
      expect(found.right).toBe(count((i) => ranked[i][0] === labels[i]));
      const inTop = count((i) => ranked[i].slice(0, top).includes(labels[i]));
      expect(found.rightInTop).toBe(withScores ? inTop : undefined);
      for (let label = 0; label < classes; label++) {
        for (let c = 0; c < classes; c++) {
          expect(found.confusion[label][c]).toBe(count((i) => labels[i] === label && ranked[i][0] === c));
        }
      }
    }),
  );
});

it("names the image whose scores are no numbers", async () => {
  const base = classifierOf(
    [
      [0, 1],
      [1, 0],
      [Number.NaN, 1],
    ],
    2,
    true,
  );
  await expect(evaluate(base, dataOf([0, 1, 1], 2), [0, 1, 2])).rejects.toThrow(/image 2 of the data, without noise/);
});
