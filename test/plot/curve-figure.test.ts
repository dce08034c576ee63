import fc from "fast-check";
import { ArgumentError } from "smoothcert";
import { type AccuracyCurve, type AccuracyPoints, curveFigure } from "smoothcert/plot";
import { describe, expect, it } from "vitest";
import { drawn, elements, fitsInside, legendLabels, pixelsOf } from "./svg.js";

const gaussian: AccuracyCurve = {
  label: "Gaussian",
  steps: [
    { radius: 0.2, accuracy: 0.9 },
    { radius: 0.5, accuracy: 0.6 },
    { radius: 1, accuracy: 0.25 },
  ],
  band: [
    { lower: 0.8, upper: 0.96 },
    { lower: 0.5, upper: 0.7 },
    { lower: 0.15, upper: 0.36 },
  ],
  ceiling: 1.5,
};
const maxup: AccuracyCurve = {
  ...gaussian,
  label: "MaxUp",
  steps: gaussian.steps.map((s) => ({ ...s, radius: 1.4 * s.radius })),
};
const stopped: AccuracyPoints = {
  label: "stopped at three radii",
  points: [
    { radius: 0, accuracy: 0.95, atMost: 0.95, band: { lower: 0.9, upper: 0.98 } },
    { radius: 0.5, accuracy: 0.7, atMost: 0.74, band: { lower: 0.62, upper: 0.81 } },
    { radius: 1, accuracy: 0.4, atMost: 0.55, band: { lower: 0.33, upper: 0.62 } },
  ],
};
const count = (svg: string, selector: string): number => elements(svg, selector).length;

/** How far an element is moved down. */
const translation = (element: Element): number =>
  Number(/,([\d.]+)\)/.exec(element.getAttribute("transform") ?? "")?.[1]);
/** Where 100 % is. */
const frameTop = (svg: string): number =>
  translation(elements(svg, '[aria-label="y-axis tick"] path').at(-1) as Element);

describe("curveFigure", () => {
  it("is as wide and as high as it is asked for, and keeps everything inside", () => {
    const svg = drawn(() => curveFigure([gaussian, maxup, stopped], { width: 480, frameHeight: 280 }));
    expect(svg).toMatch(/^<svg [^>]*\bwidth="480"/);
    expect(fitsInside(svg)).toBe(true);
  });

  it("draws the picture that was looked at", async () => {
    const svg = drawn(() =>
      curveFigure([gaussian, maxup], { title: "Certified accuracy", bandLabel: "95% confidence" }),
    );
    await expect(svg).toMatchFileSnapshot("../fixtures/figures/curve.svg");
  });

  it("draws one curve and one band for each series, at the places that the steps say", () => {
    const svg = drawn(() => curveFigure([gaussian, maxup]));
    expect(count(svg, "g.curve path")).toBe(2);
    expect(count(svg, "g.band path")).toBe(2);
    // The frame is 660 x 400 pixels for 0..1.03 times the ceiling and 0..100 %.
    const [path] = elements(svg, "g.curve path");
    const corners = [...(path.getAttribute("d") ?? "").matchAll(/[ML]([\d.]+),([\d.]+)/g)].map((m) => [+m[1], +m[2]]);
    const [left, top] = [76, frameTop(svg)];
    const at = (radius: number, percent: number): number[] => [left + (660 * radius) / 1.545, top + 400 - 4 * percent];
    const expected = [at(0, 90), at(0.2, 90), at(0.2, 60), at(0.5, 60), at(0.5, 25), at(1, 25), at(1, 0)];
    const distinct = corners.filter((corner, i) => i === 0 || corner.join() !== corners[i - 1].join());
    expect(distinct).toHaveLength(expected.length);
    distinct.forEach(([x, y], i) => {
      expect(x).toBeCloseTo(expected[i][0], 2);
      expect(y).toBeCloseTo(expected[i][1], 2);
    });
  });

  it("draws the picture that was looked at, of a curve and points", async () => {
    const others = { ...stopped, label: "another", points: stopped.points.map((at) => ({ ...at, accuracy: 0.5 })) };
    const svg = drawn(() => curveFigure([gaussian, stopped, others], { bandLabel: "95% confidence" }));
    await expect(svg).toMatchFileSnapshot("../fixtures/figures/curve-points.svg");
  });

  it("draws a dot, a band and where it can rise a bar, at the places that the points say", () => {
    const svg = drawn(() => curveFigure([stopped]));
    const number = (element: Element, name: string): number => Number(element.getAttribute(name));
    const [left, top] = [76, frameTop(svg)];
    const x = (radius: number): number => left + (660 * radius) / 1.03;
    const y = (fraction: number): number => top + 400 * (1 - fraction);
    const dots = elements(svg, "g.points circle");
    expect(dots).toHaveLength(3);
    stopped.points.forEach(({ radius, accuracy }, i) => {
      expect(number(dots[i], "cx")).toBeCloseTo(x(radius), 2);
      expect(number(dots[i], "cy")).toBeCloseTo(y(accuracy), 2);
    });
    const bars = elements(svg, "g.undecided line").filter((line) => number(line, "x1") === number(line, "x2"));
    const ends = bars.map((line) => [number(line, "y1"), number(line, "y2")].sort((a, b) => b - a));
    const expected = stopped.points.slice(1).map(({ accuracy, atMost }) => [y(accuracy), y(atMost)]);
    expect(ends).toEqual(expected.map((pair) => pair.map((end) => expect.closeTo(end, 2))));
    expect(count(svg, "g.band line")).toBe(3);
    expect(count(svg, "g.curve")).toBe(0);
  });

  it("says in the legend what dots and bars are, where there are any", () => {
    const dots = "dots: known at these radii only";
    const rising = drawn(() => curveFigure([gaussian, stopped]));
    expect(legendLabels(rising)).toEqual([
      "Gaussian",
      "stopped at three radii",
      dots,
      "at most, with undecided images",
      "confidence band",
      "largest radius within reach",
    ]);
    const settled = { label: "settled", points: [{ radius: 0, accuracy: 0.5, atMost: 0.5 }] };
    expect(legendLabels(drawn(() => curveFigure([settled])))).toEqual(["settled", dots]);
    expect(fitsInside(rising)).toBe(true);
    expect(fitsInside(drawn(() => curveFigure([settled, stopped])))).toBe(true);
  });

  it("leaves the dots of series beyond the colours hollow", () => {
    const svg = drawn(() => curveFigure(Array.from({ length: 8 }, (_, i) => ({ ...stopped, label: `series ${i}` }))));
    const fills = elements(svg, "g.points").map((g) => g.getAttribute("fill"));
    expect(fills[0]).toBe("#0072B2");
    expect(fills[7]).toBe("white");
  });

  it("names the axes with their units and every series in the legend", () => {
    const svg = drawn(() => curveFigure([gaussian, maxup], { bandLabel: "95% confidence" }));
    const labels = elements(svg, '[aria-label$="axis label"] text').map((text) => text.textContent);
    expect(labels.sort()).toEqual(["L2 radius (pixels in [0, 1])", "certified accuracy (%)"]);
    expect(legendLabels(svg)).toEqual(["Gaussian", "MaxUp", "95% confidence", "largest radius within reach"]);
  });

  it("leaves band and ceiling out of picture and legend where they are not known", () => {
    const svg = drawn(() => curveFigure([{ label: "foreign", steps: gaussian.steps }]));
    expect(count(svg, "g.band")).toBe(0);
    expect(count(svg, "g.ceiling")).toBe(0);
    expect(legendLabels(svg)).toEqual(["foreign"]);
  });

  it("marks a ceiling that series share once, in grey, and others in their series' colour", () => {
    const svg = drawn(() => curveFigure([gaussian, { ...maxup, ceiling: 2 }, maxup]));
    const strokes = elements(svg, ".ceiling").map((element) => element.getAttribute("stroke"));
    expect(strokes.sort()).toEqual(["#666666", "#D55E00"]);
  });

  it("can be rendered without the page around it: white ground, each series in its colour", () => {
    const svg = drawn(() => curveFigure([gaussian, maxup]));
    expect(svg).toMatch(/^<svg [^>]*xmlns="http:\/\/www.w3.org\/2000\/svg"/);
    expect(svg).not.toMatch(/<style|class="plot|url\(|href=/);
    expect(pixelsOf(svg, "#FFFFFF")).toBeGreaterThan(100_000);
    expect(pixelsOf(svg, "#0072B2")).toBeGreaterThan(300);
    expect(pixelsOf(svg, "#D55E00")).toBeGreaterThan(300);
  });

  it("tells more series apart than there are colours", () => {
    const svg = drawn(() => curveFigure(Array.from({ length: 16 }, (_, i) => ({ ...gaussian, label: `series ${i}` }))));
    const looks = elements(svg, "g.curve").map(
      (g) => `${g.getAttribute("stroke")} ${g.getAttribute("stroke-dasharray")}`,
    );
    expect(new Set(looks).size).toBe(16);
  });

  it("escapes what labels and titles hold", () => {
    const label = `<b>"5 > 3" & 'σ'</b>`;
    const svg = drawn(() => curveFigure([{ ...gaussian, label }], { title: "a < b & c" }));
    expect(legendLabels(svg)[0]).toBe(label);
    expect(svg).toContain("a &lt; b &amp; c");
    expect(pixelsOf(svg, "#0072B2")).toBeGreaterThan(300);
  });

  it("keeps the legend whole and above the frame, whatever the labels", () => {
    const label = fc.oneof(
      fc.string({ minLength: 1, maxLength: 120, unit: "grapheme-ascii" }),
      fc.constant("W".repeat(90)),
    );
    fc.assert(
      fc.property(fc.array(label, { minLength: 1, maxLength: 9 }), (labels) => {
        const svg = drawn(() =>
          curveFigure(
            labels.map((text) => ({ ...gaussian, label: text })),
            { title: labels[0] },
          ),
        );
        expect(fitsInside(svg)).toBe(true);
        const legend = elements(svg, '[aria-label="legend"]')[0];
        const offset = translation(legend);
        const lowest = Math.max(
          ...elements(svg, '[aria-label="legend"] text').map((text) => Number(text.getAttribute("y"))),
        );
        expect(offset + lowest + 8).toBeLessThan(frameTop(svg));
      }),
      { numRuns: 15 },
    );
  });

  it("draws a series without a correct point as one of 0 % everywhere", () => {
    const svg = drawn(() => curveFigure([{ label: "hopeless", steps: [], band: [] }]));
    expect(legendLabels(svg)).toContain("hopeless");
    expect(fitsInside(svg)).toBe(true);
  });

  it("refuses no series, and a band that does not match its steps", () => {
    expect(() => curveFigure([])).toThrow(ArgumentError);
    expect(() => curveFigure([])).toThrow("curveFigure: series must be at least one series, got []");
    const bad = { ...gaussian, band: gaussian.band?.slice(1) };
    expect(() => curveFigure([maxup, bad])).toThrow(ArgumentError);
    expect(() => curveFigure([maxup, bad])).toThrow(
      "curveFigure: band must be one interval for each of the 3 steps, got 2. It is that of Gaussian",
    );
  });
});
