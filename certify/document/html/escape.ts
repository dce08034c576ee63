import { visible } from "../../../src/core.js";

const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

/** A text as HTML shows it, in elements and in quoted attributes; control characters are written out. */
export function escaped(text: string): string {
  return visible(text).replace(/[&<>"]/g, (character) => ENTITIES[character]);
}
