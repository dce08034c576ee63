import { ArgumentError } from "smoothcert";
import { type ShareSeries, shareFigure } from "smoothcert/plot";
import { describe, expect, it } from "vitest";
import { drawn, elements, fitsInside, legendLabels } from "./svg.js";

const maxup: ShareSeries = {
  label: "MaxUp",
  estimated: [
    { p: 0.3, share: 0.95 },
    { p: 0.75, share: 0.9 },
    { p: 0.9, share: 0.7 },
    { p: 1, share: 0.25 },
  ],
  proved: [
    { p: 0.72, share: 0.9 },
    { p: 0.88, share: 0.7 },
    { p: 0.97, share: 0.25 },
  ],
};
const gaussian: ShareSeries = {
  label: "Gaussian",
  estimated: maxup.estimated.map(({ p, share }) => ({ p, share: share - 0.2 })),
  proved: maxup.proved.map(({ p, share }) => ({ p, share: share - 0.2 })),
};

/** The corners of a line in p and percent: the frame is 660 x 400 pixels for 1/2..1 and 0..100 %. */
function cornersOf(svg: string, path: Element): number[][] {
  const ticks = elements(svg, '[aria-label="y-axis tick"] path');
  const top = Number(/,([\d.]+)\)/.exec(ticks.at(-1)?.getAttribute("transform") ?? "")?.[1]);
  const corners = [...(path.getAttribute("d") ?? "").matchAll(/[ML]([\d.]+),([\d.]+)/g)];
  return corners.map(([, x, y]) => [0.5 + (Number(x) - 76) / 1320, 100 - (Number(y) - top) / 4]);
}

describe("shareFigure", () => {
  it("draws the picture that was looked at", async () => {
    const svg = drawn(() => shareFigure([maxup, gaussian], { title: "How probable the right class is" }));
    await expect(svg).toMatchFileSnapshot("../fixtures/figures/shares.svg");
  });

  it("draws both distributions from 1/2 on, and lets them fall to 0 where they end before 1", () => {
    const svg = drawn(() => shareFigure([maxup]));
    const [proved, estimated] = elements(svg, "g.shares path").map((path) => cornersOf(svg, path));
    expect(estimated[0]).toEqual([0.5, 90].map((value) => expect.closeTo(value, 3)));
    expect(estimated.at(-1)).toEqual([1, 25].map((value) => expect.closeTo(value, 3)));
    expect(estimated.every(([, percent]) => percent <= 90.001)).toBe(true);
    expect(proved).toContainEqual([0.97, 0].map((value) => expect.closeTo(value, 3)));
    expect(proved.at(-1)).toEqual([1, 0].map((value) => expect.closeTo(value, 3)));
  });

  it("says in the legend which line is which, and in the axes what they show", () => {
    const svg = drawn(() => shareFigure([maxup, gaussian]));
    expect(legendLabels(svg)).toEqual([
      "MaxUp",
      "Gaussian",
      "by the share of votes",
      "proved (lower confidence bound)",
    ]);
    const labels = elements(svg, '[aria-label$="axis label"] text').map((text) => text.textContent);
    expect(labels.sort()).toEqual([
      "images right with a probability of at least p (%)",
      "probability p of the right class under noise",
    ]);
    expect(fitsInside(svg)).toBe(true);
    expect(svg).not.toMatch(/<style|url\(|href=/);
  });

  it("draws a log without a right image as one of 0 % everywhere, and refuses none", () => {
    const svg = drawn(() => shareFigure([{ label: "hopeless", estimated: [], proved: [] }]));
    expect(elements(svg, "g.shares path")).toHaveLength(2);
    expect(fitsInside(svg)).toBe(true);
    expect(() => shareFigure([])).toThrow(ArgumentError);
    expect(() => shareFigure([])).toThrow("shareFigure: series must be at least one series, got []");
  });
});
