import { Resvg } from "@resvg/resvg-js";
import { parseHTML } from "linkedom";
import { expect, vi } from "vitest";

/** Draws a figure, and fails if Plot warns on the console or in the picture. */
export function drawn(draw: () => string): string {
  const warn = vi.spyOn(console, "warn");
  try {
    const svg = draw();
    expect(warn).not.toHaveBeenCalled();
    expect(svg).not.toContain("\u26A0");
    return svg;
  } finally {
    warn.mockRestore();
  }
}

/** The figure's elements that match a selector. */
export function elements(svg: string, selector: string): Element[] {
  return [...parseHTML(`<html><body>${svg}</body></html>`).document.querySelectorAll(selector)];
}

/** The labels of the legend as a reader sees them. */
export function legendLabels(svg: string): string[] {
  return elements(svg, '[aria-label="legend"] text').map((text) => text.textContent ?? "");
}

/** How many pixels of the rendered picture have exactly this colour. The renderer refuses malformed XML. */
export function pixelsOf(svg: string, color: string): number {
  const { pixels } = new Resvg(svg).render();
  const wanted = Number.parseInt(color.slice(1), 16);
  let count = 0;
  for (let i = 0; i < pixels.length; i += 4) {
    if (((pixels[i] << 16) | (pixels[i + 1] << 8) | pixels[i + 2]) === wanted) count += 1;
  }
  return count;
}

/** Whether everything drawn, texts in the fonts of this machine included, lies within the picture. */
export function fitsInside(svg: string): boolean {
  const picture = new Resvg(svg);
  const box = new Resvg(svg.replace(/<rect fill="white"[^>]*>/, "")).getBBox();
  if (box === undefined) return false;
  const { x, y, width, height } = box;
  return x >= 0 && y >= 0 && x + width <= picture.width && y + height <= picture.height;
}
