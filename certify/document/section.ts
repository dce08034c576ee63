import type { Block } from "./blocks.js";
import type { Subject } from "./subject.js";

/** A section of a report: one file, and one entry of the list `SECTIONS`. */
export interface Section {
  /** Its name in JSON, and the anchor of links to it. */
  readonly id: string;
  readonly title: string;
  /** What it says of a subject; a sentence why it can't say anything; or undefined where there is no question. */
  prepare(subject: Subject): SectionContent | string | undefined;
}

export interface SectionContent {
  /** All that is shown, for a program. */
  readonly data: object;
  readonly blocks: readonly Block[];
}
