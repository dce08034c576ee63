import { FileError } from "../../src/core.js";
import { formatCounts, parseCounts, type SparseCounts } from "../log/cell.js";
import type { LogHeader } from "../log/header.js";
import { settingsHash } from "../log/seal.js";
import { type Fingerprint, unionOfFingerprints } from "../sampling/fingerprint.js";
import { type CheckedPart, checkPart } from "./check-part.js";
import type { Part } from "./part.js";
import { type ImageVotes, sumOfCounts } from "./part-row.js";
import { blocksOf, type Unit, unitText } from "./unit.js";

/** Votes, as text in the order of classes, and the part that they came with. */
interface Votes {
  readonly text: string;
  readonly from: string;
  readonly time: number;
}

/** What one function said of an image. */
interface ImageParts {
  readonly label: number;
  readonly from: string;
  readonly fingerprint: Fingerprint;
  /** Votes by what they are of: `selection`, `whole`, or a block's number. */
  readonly votes: Map<"selection" | "whole" | number, Votes>;
}

/**
 * Parts of one certification, put together as a set: in any order, cut anywhere, with any number of duplicates. Votes
 * of different functions (of machines whose canaries differ) are kept apart, and never added up.
 */
export class PartUnion {
  readonly #images = new Map<number, Map<string, ImageParts>>();
  #duplicates = 0;
  #fingerprints: readonly Fingerprint[] = [];

  readonly #plan: string;

  constructor(readonly header: LogHeader) {
    this.#plan = settingsHash(header);
  }

  /** How often votes came that were there already, and agreed: as many audits. */
  get duplicates(): number {
    return this.#duplicates;
  }

  /** What computed the parts. */
  get fingerprints(): readonly Fingerprint[] {
    return this.#fingerprints;
  }

  /** The images of which there is something, ascending. */
  get images(): readonly number[] {
    return [...this.#images.keys()].sort((a, b) => a - b);
  }

  /**
   * Adds a part.
   *
   * @param from names it in messages @returns whether it had votes that were not there
   * @throws FileError as {@link checkPart} does, and naming both parts if one that is there has other votes
   */
  add(part: Part, from: string): boolean {
    const checked = checkPart(part, this.header, from, this.#plan);
    const { unit, fingerprint, label, time } = checked.part;
    const parts = this.#partsOf(unit.idx, fingerprint, label, from);
    if (parts.label !== label) throw contradiction(checked, "another class", parts.from);
    const before = parts.votes.size;
    for (const [key, counts] of votesOf(checked)) {
      const text = formatCounts(sumOfCounts([counts]));
      const known = parts.votes.get(key);
      if (known !== undefined && known.text !== text) throw contradiction(checked, "other votes", known.from);
      if (known === undefined) parts.votes.set(key, { text, from, time: time / checked.counts.length });
      else if (key !== "selection") this.#duplicates += 1;
    }
    this.#requireSumOfBlocks(checked, parts);
    this.#fingerprints = unionOfFingerprints(this.#fingerprints, [fingerprint]);
    return parts.votes.size > before;
  }

  /** All votes of an image, once they are there; where several functions have them all, those of one. */
  votesOf(idx: number): ImageVotes | undefined {
    const parts = this.#whole(idx);
    if (parts === undefined) return undefined;
    const { label, votes } = parts;
    const estimation = votes.has("whole") ? [votes.get("whole") as Votes] : this.#blocksOf(parts);
    const time = estimation.reduce((sum, each) => sum + each.time, 0);
    return {
      idx,
      label,
      counts0: parsed(votes.get("selection")),
      counts: sumOfCounts(estimation.map(parsed)),
      time: Math.round(time * 1000) / 1000,
    };
  }

  /** Whether all votes of a unit are there. */
  has({ idx, blocks }: Unit): boolean {
    if (this.#whole(idx) !== undefined) return true;
    if (blocks === undefined) return false;
    const range = Array.from({ length: blocks.to - blocks.from }, (_, i) => blocks.from + i);
    return this.#functionsOf(idx).some(({ votes }) => range.every((block) => votes.has(block)));
  }

  /**
   * The blocks of an image that are missing, of the function of which the fewest are; none where there are no blocks of
   * it.
   */
  missingBlocks(idx: number): readonly number[] {
    const blocks = Array.from({ length: blocksOf(this.header.n) }, (_, block) => block);
    const missing = this.#functionsOf(idx).map(({ votes }) => blocks.filter((block) => !votes.has(block)));
    return missing.reduce((fewest, each) => (each.length < fewest.length ? each : fewest), missing[0] ?? []);
  }

  /** The parts that hold an image's blocks of different functions, and the beginnings of their canaries. */
  mixed(idx: number): readonly string[] {
    const functions = this.#functionsOf(idx);
    if (functions.length < 2 || this.#whole(idx) !== undefined) return [];
    return functions.map(({ from, fingerprint }) => `${from} (canary ${fingerprint.canary.slice(0, 8)})`);
  }

  #partsOf(idx: number, fingerprint: Fingerprint, label: number, from: string): ImageParts {
    const functions = this.#images.get(idx) ?? new Map<string, ImageParts>();
    this.#images.set(idx, functions);
    const parts = functions.get(fingerprint.canary) ?? { label, from, fingerprint, votes: new Map() };
    functions.set(fingerprint.canary, parts);
    return parts;
  }

  /** What is there of an image, by function, in the order of their canaries: not in that in which parts came. */
  #functionsOf(idx: number): ImageParts[] {
    const functions = [...(this.#images.get(idx) ?? new Map<string, ImageParts>()).values()];
    return functions.sort((a, b) => (a.fingerprint.canary < b.fingerprint.canary ? -1 : 1));
  }

  #whole(idx: number): ImageParts | undefined {
    return this.#functionsOf(idx).find((parts) => parts.votes.has("whole") || this.#hasAllBlocks(parts));
  }

  #hasAllBlocks({ votes }: ImageParts): boolean {
    const blocks = blocksOf(this.header.n);
    for (let block = 0; block < blocks; block++) if (!votes.has(block)) return false;
    return true;
  }

  #blocksOf({ votes }: ImageParts): Votes[] {
    return Array.from({ length: blocksOf(this.header.n) }, (_, block) => votes.get(block) as Votes);
  }

  /** A whole image and all of its blocks are two counts of the same votes. */
  #requireSumOfBlocks(checked: CheckedPart, parts: ImageParts): void {
    const whole = parts.votes.get("whole");
    if (whole === undefined || !this.#hasAllBlocks(parts)) return;
    const blocks = this.#blocksOf(parts);
    if (formatCounts(sumOfCounts(blocks.map(parsed))) === whole.text) return;
    const other = whole.from === checked.from ? blocks[0].from : whole.from;
    throw contradiction(checked, "other votes", other);
  }
}

function votesOf({ part, counts0, counts }: CheckedPart): ["selection" | "whole" | number, SparseCounts][] {
  const { blocks } = part.unit;
  const estimation = counts.map((each, i): ["whole" | number, SparseCounts] => {
    return [blocks === undefined ? "whole" : blocks.from + i, each];
  });
  return blocks === undefined || blocks.from === 0 ? [["selection", counts0], ...estimation] : estimation;
}

function parsed(votes: Votes | undefined): SparseCounts {
  return votes === undefined || votes.text === "" ? [] : parseCounts(votes.text, votes.from, "counts");
}

function contradiction({ part, from }: CheckedPart, what: string, other: string): FileError {
  const unit = unitText(part.unit, { n: Number.MAX_SAFE_INTEGER });
  const same = "though the same function computed both";
  return new FileError(from, `${unit} has ${what} than in ${other}, ${same}: one of them is wrong`);
}
