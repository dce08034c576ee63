import { visibleLine } from "../../src/core.js";
import { ABSTAIN } from "../theorem/decision.js";
import type { ReportedRows } from "./subject.js";

/** A class by its name in the data; by its number where the log has no header. */
export function classNameOf({ header }: ReportedRows, c: number): string {
  if (c === ABSTAIN) return "\u2013";
  return visibleLine(header?.data.classes[c] ?? String(c));
}
