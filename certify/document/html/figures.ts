/** The figures of a report as SVG: of one size that can be read on a phone. */
import type { FigureContent } from "../blocks.js";

const SIZE = { width: 480, frameHeight: 280 };

/**
 * A figure as one image with a name: what Plot says of its parts is not for readers. What draws it takes a third of a
 * second to load, and so is loaded when it is needed.
 */
export async function figureSvg(figure: FigureContent): Promise<string> {
  const drawn = await drawnSvg(figure);
  return drawn.replaceAll(/ aria-label="[^"]*"/g, "").replace("<svg ", '<svg role="img" ');
}

async function drawnSvg(figure: FigureContent): Promise<string> {
  const { curveFigure, lineFigure, shareFigure } = await import("../../../src/plot/index.js");
  if (figure.kind === "curve") return curveFigure(figure.series, { ...figure.options, ...SIZE });
  if (figure.kind === "share") return shareFigure(figure.series, SIZE);
  return lineFigure({ ...figure.options, ...SIZE });
}
