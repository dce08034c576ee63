import fc from "fast-check";
import {
  decide,
  type LogHeader,
  type LogRow,
  looksOf,
  type SparseCounts,
  sparseCounts,
  theoremOfHeader,
  votesOf,
} from "smoothcert/certify";
import { SOME_HEADER } from "../log/some-header.js";

/** Logs with votes, as some classifier of three classes may have given them. */

/** A header of three classes whose noise this version has. */
export function voteHeader(settings: Partial<LogHeader> = {}): LogHeader {
  const data = { ...SOME_HEADER.data, length: 1000, classes: ["a", "b", "c"] };
  return { ...SOME_HEADER, noise: "gaussian-float32/philox4x32-10/3", data, max: 1000, n0: 10, n: 300, ...settings };
}

/** The row that `certify` writes of these votes. */
export function rowOfVotes(header: LogHeader, idx: number, label: number, counts0: number[], counts: number[]): LogRow {
  const sparse = (votes: number[]): SparseCounts => sparseCounts(Uint32Array.from(votes));
  const bare = { idx, label, predict: -1, radius: 0, correct: false, counts0: sparse(counts0), counts: sparse(counts) };
  const { predict, radius, nA, pALower, pBUpper } = decide(votesOf(bare, header), header, theoremOfHeader(header)!);
  const n = counts.reduce((sum, votes) => sum + votes, 0);
  return { ...bare, predict, radius, correct: predict === label, nA, n, pALower, ...(pBUpper && { pBUpper }) };
}

/** The votes of an image: shares of the classes, of which the first is often most of them. */
const image = fc.record({
  label: fc.constantFrom(0, 0, 1, 2),
  look: fc.nat(),
  selected: fc.constantFrom(0, 0, 0, 1),
  others: fc.oneof(
    fc.constant(0),
    fc.double({ min: 0, max: 0.05, noNaN: true }),
    fc.double({ max: 1, min: 0, noNaN: true }),
  ),
  split: fc.double({ min: 0, max: 1, noNaN: true }),
});

/** Rows of images 0, 1, ... under the header, each ended at one of its looks. */
export function votedRows(header: LogHeader, minLength = 1, maxLength = 25): fc.Arbitrary<LogRow[]> {
  const looks = looksOf(header);
  return fc.array(image, { minLength, maxLength }).map((images) =>
    images.map(({ label, look, selected, others, split }, idx) => {
      const n = looks[look % looks.length];
      const rest = Math.floor(n * others);
      const second = Math.floor(rest * split);
      const counts0 = [0, 1, 2].map((c) => (c === selected ? header.n0 : 0));
      return rowOfVotes(header, idx, label, counts0, [n - rest, second, rest - second]);
    }),
  );
}
