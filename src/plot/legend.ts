/** The legend of a figure: laid out in rows above the frame, where it can neither cover a curve nor be cut off. */

import { visibleLine } from "../text/visible.js";
import { fillOf } from "./colors.js";

/** One entry of a legend. */
export interface LegendEntry {
  readonly label: string;
  /** What stands for the series: a stroke, a dot, an upright bar with an end, or a patch of light colour. */
  readonly swatch: "stroke" | "dot" | "bar" | "band";
  readonly color: string;
  /** The dash pattern of a stroke; unbroken if there is none. */
  readonly dash?: string | undefined;
}

/** Where an entry stands. */
export interface PlacedEntry extends LegendEntry {
  readonly x: number;
  readonly y: number;
}

/** Font size of legend and axes in pixels. */
export const FONT_SIZE = 12;
/** Height of a row of the legend in pixels. */
export const ROW_HEIGHT = 19;
/** Width of an entry's swatch in pixels. */
export const SWATCH_WIDTH = 22;

const GAP = 7;
const BETWEEN = 22;

/**
 * The entries in rows of at most `width` pixels, from left to right in the order given; y counts down from the first
 * row's middle. A label that is too long for a row by itself ends in an ellipsis.
 */
export function placeLegend(entries: readonly LegendEntry[], width: number): PlacedEntry[] {
  let x = 0;
  let y = 0;
  return entries.map((entry) => {
    const label = shorten(visibleLine(entry.label), width - SWATCH_WIDTH - GAP, FONT_SIZE);
    const needed = SWATCH_WIDTH + GAP + textWidth(label, FONT_SIZE);
    if (x > 0 && x + needed > width) {
      x = 0;
      y += ROW_HEIGHT;
    }
    const placed = { ...entry, label, x, y };
    x += needed + BETWEEN;
    return placed;
  });
}

/** Draws placed entries into an SVG group whose origin is the first row's left middle. */
export function drawLegend(group: SVGElement, entries: readonly PlacedEntry[]): void {
  for (const entry of entries) {
    drawSwatch(group, entry);
    const text = append(group, "text", { x: entry.x + SWATCH_WIDTH + GAP, y: entry.y, dy: "0.35em" });
    text.textContent = entry.label;
  }
}

/** Appends an SVG element with its attributes. */
export function append(parent: SVGElement, name: string, attributes: Record<string, string | number>): SVGElement {
  const element = parent.ownerDocument.createElementNS("http://www.w3.org/2000/svg", name) as SVGElement;
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  parent.appendChild(element);
  return element;
}

function drawSwatch(group: SVGElement, { swatch, color, dash, x, y }: PlacedEntry): void {
  const right = x + SWATCH_WIDTH;
  if (swatch === "dot") {
    const circle = { cx: x + SWATCH_WIDTH / 2, cy: y, r: 3.5, fill: fillOf(color, dash) };
    append(group, "circle", dash === undefined ? circle : { ...circle, stroke: color, "stroke-width": 1.5 });
  } else if (swatch === "bar") {
    const d = `M${right - 15},${y - 6}h8m-4,0v12`;
    append(group, "path", { d, fill: "none", stroke: color, "stroke-width": 1.5 });
  } else if (swatch === "band") {
    append(group, "rect", { x, y: y - 6, width: SWATCH_WIDTH, height: 12, fill: color, "fill-opacity": 0.2 });
  } else {
    const broken = dash === undefined ? {} : { "stroke-dasharray": dash };
    append(group, "line", { x1: x, x2: right, y1: y, y2: y, stroke: color, "stroke-width": 2, ...broken });
  }
}

/** Widths of letters in em, of DejaVu Sans: the widest of the usual fonts, since the reader's isn't known. */
const WIDTHS: readonly [RegExp, number][] = [
  [/[ijl.,:;|'! ]/, 0.34],
  [/[frt()[\]/"-]/, 0.46],
  [/[mwMWQ@%=+<>~&…\u2000-\u{10FFFF}]/u, 1],
  [/[A-Z0-9]/, 0.7],
];

/** An upper estimate of a text's width in pixels. */
function textWidth(text: string, fontSize: number): number {
  const em = (letter: string): number => WIDTHS.find(([letters]) => letters.test(letter))?.[1] ?? 0.635;
  return [...text].reduce((sum, letter) => sum + em(letter), 0) * fontSize;
}

/** The text, ended by an ellipsis before it is wider than `width` pixels. */
export function shorten(text: string, width: number, fontSize: number): string {
  if (textWidth(text, fontSize) <= width) return text;
  const letters = [...text];
  while (letters.length > 1 && textWidth(`${letters.join("")}…`, fontSize) > width) letters.pop();
  return `${letters.join("")}…`;
}
