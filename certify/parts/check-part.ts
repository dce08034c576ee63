import { FileError } from "../../src/core.js";
import { parseCounts, type SparseCounts, totalOf } from "../log/cell.js";
import { isInRange } from "../log/example-range.js";
import type { LogHeader } from "../log/header.js";
import { settingsHash } from "../log/seal.js";
import { looksOf, looksText } from "../theorem/looks.js";
import { stopsEarly } from "../theorem/rule.js";
import { type Part, partCheck } from "./part.js";
import { blocksOf, samplesOfBlock, unitText } from "./unit.js";

/** A part whose votes are those that its unit must have. */
export interface CheckedPart {
  readonly part: Part;
  /** Names the part in messages: its file, or who sent it. */
  readonly from: string;
  readonly counts0: SparseCounts;
  readonly counts: readonly SparseCounts[];
}

/**
 * Reads the votes of a part.
 *
 * @param from names the part in messages @param plan the header's `settingsHash`, if it is known already
 * @throws FileError, with that name, for a part of another certification, one that was changed, one whose votes don't
 *   add up, and one computed by what the header doesn't name
 */
export function checkPart(part: Part, header: LogHeader, from: string, plan = settingsHash(header)): CheckedPart {
  const refuse = (problem: string): FileError => {
    return new FileError(from, `${unitText(part.unit, header)}: ${problem}. The part is refused`);
  };
  if (part.plan !== plan) {
    throw refuse(`a part of certification ${short(part.plan)}, where ${short(plan)} is put together`);
  }
  if (part.check !== partCheck(part)) {
    throw refuse("its checksum isn't that of its content: it was changed after it was written");
  }
  const { runtime } = part.fingerprint;
  if (runtime !== header.model.runtime)
    throw refuse(`computed by ${runtime}, where the header says ${header.model.runtime}`);
  const unit = unitProblem(part, header);
  if (unit !== undefined) throw refuse(unit);
  const votes = votesIn(part, from);
  const wrong = votesProblem(part, votes, header);
  if (wrong !== undefined) throw refuse(wrong);
  return { part, from, ...votes };
}

function short(hash: string): string {
  return hash.slice(0, 8);
}

function unitProblem({ unit: { idx, blocks }, label, counts }: Part, header: LogHeader): string | undefined {
  const { data, n, skip, max } = header;
  if (!isInRange(idx, data.length, header)) return `left out by skip ${skip} and max ${max}`;
  if (!(label < data.classes.length)) return `label: class ${label} of ${data.classes.length}`;
  if (blocks === undefined)
    return counts.length === 1 ? undefined : `votes of ${counts.length} blocks, expected all in one`;
  if (stopsEarly(header)) return "blocks of an image, where the number of samples isn't fixed";
  const { from, to } = blocks;
  if (!(from < to && to <= blocksOf(n))) return `blocks ${from} to ${to} of ${blocksOf(n)}`;
  return counts.length === to - from ? undefined : `votes of ${counts.length} blocks, expected ${to - from}`;
}

function votesIn(part: Part, from: string): Pick<CheckedPart, "counts0" | "counts"> {
  const parsed = (text: string | undefined, column: string): SparseCounts => {
    return text === undefined || text === "" ? [] : parseCounts(text, `${from}: image ${part.unit.idx}`, column);
  };
  return { counts0: parsed(part.counts0, "counts0"), counts: part.counts.map((text) => parsed(text, "counts")) };
}

function votesProblem(
  { unit: { blocks } }: Part,
  { counts0, counts }: Pick<CheckedPart, "counts0" | "counts">,
  header: LogHeader,
): string | undefined {
  const classes = header.data.classes.length;
  const stranger = [counts0, ...counts].flat().find(([label]) => !(label < classes));
  if (stranger !== undefined) return `votes for class ${stranger[0]} of ${classes}`;
  const selection = blocks === undefined || blocks.from === 0 ? header.n0 : 0;
  if (totalOf(counts0) !== selection) return sumProblem("counts0", totalOf(counts0), String(selection));
  if (blocks === undefined) {
    const sum = totalOf(counts[0]);
    return looksOf(header).includes(sum) ? undefined : sumProblem("counts", sum, looksText(header));
  }
  const wrong = counts.findIndex((votes, i) => totalOf(votes) !== samplesOfBlock(blocks.from + i, header.n));
  if (wrong < 0) return undefined;
  const samples = samplesOfBlock(blocks.from + wrong, header.n);
  return sumProblem(`counts of block ${blocks.from + wrong}`, totalOf(counts[wrong]), String(samples));
}

function sumProblem(what: string, sum: number, expected: string): string {
  return `${what} add up to ${sum}, expected ${expected}`;
}
