import fc from "fast-check";
import type { LogRow } from "smoothcert/certify";

const vote = fc.tuple(fc.nat(999), fc.nat(100_000));
const counts = fc.uniqueArray(vote, { minLength: 1, maxLength: 4, selector: ([label]) => label });
const someReal = { noNaN: true, noDefaultInfinity: true };
const sevenOrAbstain = fc.constantFrom(-1, 0, 7);

/** A row with any of the optional columns there or not; right, wrong or an abstention in turn. */
export const anyRow: fc.Arbitrary<LogRow> = fc
  .record(
    {
      idx: fc.nat(),
      label: fc.constantFrom(0, 7),
      predict: sevenOrAbstain,
      radius: fc.double({ min: 0, ...someReal }),
      time: fc.double({ min: 0, ...someReal }),
      nA: fc.nat(),
      n: fc.integer({ min: 1 }),
      pALower: fc.double({ min: 0, max: 1, ...someReal }),
      pBUpper: fc.double({ min: 0, max: 1, ...someReal }),
      counts0: counts,
      counts,
      check: fc.stringMatching(/^[0-9a-f]{16}$/),
    },
    { requiredKeys: ["idx", "label", "predict", "radius"] },
  )
  .map((row) => ({ ...row, correct: row.predict === row.label }));

/** Rows of one log: distinct indices, radii that often coincide (the lattice of a Monte Carlo certificate). */
export function anyRows(minLength: number): fc.Arbitrary<LogRow[]> {
  const radius = fc.oneof(fc.constantFrom(0, 0.25, 0.5, 1), fc.double({ min: 0, max: 4, ...someReal }));
  return fc
    .array(fc.record({ label: fc.constantFrom(0, 1), predict: fc.constantFrom(-1, 0, 1), radius }), {
      minLength,
      maxLength: 60,
    })
    .map((rows) =>
      rows.map(({ label, predict, radius }, i) => ({
        idx: i * 20,
        label,
        predict,
        radius: predict === -1 ? 0 : radius,
        correct: predict === label,
      })),
    );
}
