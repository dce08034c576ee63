/** A report on a certification log: its sections in order, for a program and for a page. */
import type { Block } from "./blocks.js";
import type { Check } from "./check.js";
import type { Section } from "./section.js";
import { calibration } from "./sections/calibration.js";
import { checks, checksOf } from "./sections/checks.js";
import { classes } from "./sections/classes.js";
import { comparison } from "./sections/comparison.js";
import { curve } from "./sections/curve.js";
import { gallery } from "./sections/gallery.js";
import { images } from "./sections/images.js";
import { probabilities } from "./sections/probabilities.js";
import { provenance } from "./sections/provenance.js";
import { reach } from "./sections/reach.js";
import { stopping } from "./sections/stopping.js";
import { verdict } from "./sections/verdict.js";
import type { Subject } from "./subject.js";

/** The sections, in the order in which they are read. */
const SECTIONS: readonly Section[] = [
  verdict,
  checks,
  curve,
  comparison,
  probabilities,
  reach,
  stopping,
  calibration,
  classes,
  gallery,
  images,
  provenance,
];

/** A section with something to say. */
export interface ReportSection {
  readonly id: string;
  readonly title: string;
  readonly data: object;
  readonly blocks: readonly Block[];
}

export interface Report {
  readonly title: string;
  /** The checks, which a section shows. */
  readonly checks: readonly Check[];
  readonly sections: readonly ReportSection[];
  /** Sections that the log or what was given beside it can't fill, with the reason. */
  readonly missing: readonly { readonly title: string; readonly reason: string }[];
}

/** Makes a report. Nothing in it depends on when or where it is made. */
export function reportOf(subject: Subject): Report {
  const prepared = SECTIONS.map(({ id, title, prepare }) => ({ id, title, content: prepare(subject) }));
  return {
    title: subject.log.label,
    checks: checksOf(subject),
    sections: prepared.flatMap(({ id, title, content }) =>
      typeof content === "object" ? [{ id, title, ...content }] : [],
    ),
    missing: prepared.flatMap(({ title, content }) =>
      typeof content === "string" ? [{ title, reason: content }] : [],
    ),
  };
}

/** The report for a program: what each section says, unrounded. */
export function reportData({ title, sections, missing }: Report): object {
  const said = sections.map(({ id, data }) => [id, data] as const);
  return { format: "smoothcert-report", version: 1, title, sections: Object.fromEntries(said), missing };
}
