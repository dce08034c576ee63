/** From marks and a legend to a standalone SVG: the only file that knows of Observable Plot's document. */
import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";
import { visibleLine } from "../text/visible.js";
import { append, drawLegend, FONT_SIZE, type LegendEntry, placeLegend, ROW_HEIGHT, shorten } from "./legend.js";

/** How large a figure is. */
export interface FigureSize {
  /** Of the whole figure, in pixels; texts keep their size. @defaultValue 760 */
  readonly width?: number | undefined;
  /** Of the frame, in pixels. @defaultValue 400 */
  readonly frameHeight?: number | undefined;
}

/** What a figure shows. */
export interface Figure extends FigureSize {
  readonly title?: string | undefined;
  readonly x: Plot.ScaleOptions;
  readonly y: Plot.ScaleOptions;
  readonly marks: Plot.Markish[];
  readonly legend: readonly LegendEntry[];
}

const WIDTH = 760;
const FRAME_HEIGHT = 400;
const MARGIN = { left: 76, right: 24, bottom: 52, top: 16 };
const TITLE_SIZE = 16;
/** How much wider bold letters are. */
const BOLD = 1.12;
const TITLE_HEIGHT = 28;
const INK = "#222222";

/**
 * The figure as the text of an SVG file that stands alone: white ground, no style sheet, no reference to other files.
 * The legend stands between title and frame.
 */
export function renderFigure({ title: given, x, y, marks, legend, ...size }: Figure): string {
  const { width = WIDTH, frameHeight = FRAME_HEIGHT } = size;
  const title = given === undefined ? undefined : visibleLine(given);
  const entries = placeLegend(legend, width - MARGIN.left - MARGIN.right);
  const titleHeight = title === undefined ? 0 : TITLE_HEIGHT;
  const legendHeight = Math.max(0, ...entries.map((entry) => entry.y + ROW_HEIGHT));
  const marginTop = MARGIN.top + titleHeight + legendHeight + (legendHeight > 0 ? 10 : 0);
  const { document } = parseHTML("<!doctype html><html><body></body></html>");
  const svg = Plot.plot({
    document,
    width,
    height: marginTop + frameHeight + MARGIN.bottom,
    marginTop,
    marginLeft: MARGIN.left,
    marginRight: MARGIN.right,
    marginBottom: MARGIN.bottom,
    x: { labelAnchor: "center", labelArrow: "none", labelOffset: 42, ...x },
    y: { labelAnchor: "center", labelArrow: "none", labelOffset: 64, ...y },
    marks,
  }) as SVGSVGElement;
  makeStandalone(svg, title ?? `${y.label} against ${x.label}`);
  if (title !== undefined) {
    const heading = append(svg, "text", { x: MARGIN.left, y: MARGIN.top, dy: "0.8em", "text-anchor": "start" });
    heading.setAttribute("font-size", String(TITLE_SIZE));
    heading.setAttribute("font-weight", "bold");
    heading.textContent = shorten(title, width - MARGIN.left - MARGIN.right, TITLE_SIZE * BOLD);
  }
  const top = MARGIN.top + titleHeight + ROW_HEIGHT / 2;
  const origin = `translate(${MARGIN.left},${top})`;
  drawLegend(append(svg, "g", { transform: origin, "text-anchor": "start", "aria-label": "legend" }), entries);
  roundNumbers(svg);
  return `${svg.outerHTML}\n`;
}

/** Puts into attributes what Plot leaves to the page around it. */
function makeStandalone(svg: SVGSVGElement, description: string): void {
  svg.querySelector("style")?.remove();
  svg.removeAttribute("class");
  svg.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  svg.setAttribute("font-family", "Helvetica Neue, Arial, DejaVu Sans, sans-serif");
  svg.setAttribute("font-size", String(FONT_SIZE));
  svg.setAttribute("fill", INK);
  svg.setAttribute("color", INK);
  const ground = append(svg, "rect", { width: "100%", height: "100%", fill: "white" });
  svg.insertBefore(ground, svg.firstChild);
  const title = append(svg, "title", {});
  title.textContent = description;
  svg.insertBefore(title, ground);
}

const GEOMETRY = ["d", "transform", "x", "y", "x1", "x2", "y1", "y2", "cx", "cy", "width", "height"];

/** A thousandth of a pixel is enough, and makes the same figure the same text on every machine. */
function roundNumbers(svg: SVGSVGElement): void {
  for (const element of svg.querySelectorAll("*")) {
    for (const name of GEOMETRY) {
      const value = element.getAttribute(name);
      if (value === null) continue;
      element.setAttribute(
        name,
        value.replace(/-?\d+\.\d{4,}(e-?\d+)?/g, (number) => String(Math.round(Number(number) * 1000) / 1000)),
      );
    }
  }
}
