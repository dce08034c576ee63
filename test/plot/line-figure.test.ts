import { ArgumentError } from "smoothcert";
import { type LineFigureOptions, type LineSeries, lineFigure } from "smoothcert/plot";
import { describe, expect, it } from "vitest";
import { drawn, elements, fitsInside, legendLabels, pixelsOf } from "./svg.js";

const sigmas = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5];
const measured: LineSeries = {
  label: "first order, measured",
  style: "dots",
  points: sigmas.map((x) => [x, 0.4 * x * x * (1 + x)]),
  errorBars: sigmas.map((x) => [0.3 * x * x - 1e-5, 0.7 * x * x]),
};
const slope: LineSeries = { label: "slope 2", style: "dashed", points: sigmas.map((x) => [x, 0.4 * x * x]) };
const logLog: LineFigureOptions = {
  title: "Remainder of the first-order expansion",
  x: { label: "sigma (pixels in [0, 1])", scale: "log" },
  y: { label: "remainder (nats)", scale: "log" },
  series: [slope, measured],
};
const linear = { label: "epoch", scale: "linear" } as const;
const tickTexts = (svg: string, axis: "x" | "y"): (string | null)[] =>
  elements(svg, `[aria-label="${axis}-axis tick label"] text`).map((text) => text.textContent);

describe("lineFigure", () => {
  it("draws the picture that was looked at", async () => {
    await expect(drawn(() => lineFigure(logLog))).toMatchFileSnapshot("../fixtures/figures/lines.svg");
  });

  it("draws each series in its style, error bars, axis labels and legend", () => {
    const svg = drawn(() =>
      lineFigure({ ...logLog, series: [slope, measured, { ...slope, label: "line", style: "line" }] }),
    );
    expect(elements(svg, "g.line path")).toHaveLength(2);
    expect(elements(svg, "g.line").map((g) => g.getAttribute("stroke-dasharray"))).toEqual(["7,4", null]);
    expect(elements(svg, ".dots circle")).toHaveLength(sigmas.length);
    expect(elements(svg, ".error-bars line")).toHaveLength(sigmas.length);
    expect(legendLabels(svg)).toEqual(["slope 2", "first order, measured", "line"]);
    const labels = elements(svg, '[aria-label$="axis label"] text').map((text) => text.textContent);
    expect(labels.sort()).toEqual(["remainder (nats)", "sigma (pixels in [0, 1])"]);
    expect(fitsInside(svg)).toBe(true);
    expect(pixelsOf(svg, "#D55E00")).toBeGreaterThan(100);
  });

  it("makes a power law a straight line on logarithmic axes", () => {
    const svg = drawn(() => lineFigure({ ...logLog, series: [slope] }));
    const d = elements(svg, "g.line path")[0].getAttribute("d") ?? "";
    const [first, ...rest] = [...d.matchAll(/[ML]([\d.]+),([\d.]+)/g)].map((m) => [Number(m[1]), Number(m[2])]);
    const slopes = rest.map(([x, y]) => (y - first[1]) / (x - first[0]));
    for (const each of slopes) expect(each).toBeCloseTo(slopes[0], 3);
  });

  it("runs an error bar that reaches below 0 down to a logarithmic axis", () => {
    const bar = {
      ...measured,
      points: [
        [0.1, 1],
        [0.2, 2],
      ] as const,
      errorBars: [
        [-5, 2],
        [1, 3],
      ] as const,
    };
    const svg = drawn(() => lineFigure({ ...logLog, series: [bar] }));
    expect(elements(svg, ".error-bars line")).toHaveLength(2);
    expect(fitsInside(svg)).toBe(true);
  });

  it("writes ticks that can be read, over fractions of a decade and over many", () => {
    const over = (low: number, high: number): (string | null)[] =>
      tickTexts(
        drawn(() =>
          lineFigure({
            ...logLog,
            series: [
              {
                label: "s",
                points: [
                  [1, low],
                  [2, high],
                ],
              },
            ],
          }),
        ),
        "y",
      );
    expect(over(1e-6, 0.1)).toEqual(["10⁻⁶", "10⁻⁵", "10⁻⁴", "0.001", "0.01", "0.1"]);
    expect(over(1e-12, 1e5)).toEqual(["10⁻¹²", "10⁻¹⁰", "10⁻⁸", "10⁻⁶", "10⁻⁴", "0.01", "1", "100", "10000"]);
    expect(over(0.02, 3)).toEqual(["0.02", "0.05", "0.1", "0.2", "0.5", "1", "2"]);
    expect(over(2e-7, 6e-7)).toEqual(["2·10⁻⁷", "3·10⁻⁷", "4·10⁻⁷", "5·10⁻⁷", "6·10⁻⁷"]);
    expect(over(3, 4.5)).toContain("3.6");
  });

  it("draws linear axes, and a single point", () => {
    const svg = drawn(() =>
      lineFigure({
        x: linear,
        y: { ...linear, label: "loss (nats)" },
        series: [{ label: "one", points: [[-3, 7]], style: "dots" }],
      }),
    );
    expect(elements(svg, ".dots circle")).toHaveLength(1);
    expect(fitsInside(svg)).toBe(true);
  });

  it.each<[string, Partial<LineFigureOptions>, string]>([
    ["no point", { series: [{ label: "empty", points: [] }] }, "lineFigure: series must be at least one point, got"],
    [
      "0 on a logarithmic axis",
      { series: [{ label: "a", points: [[0.1, 0]] }] },
      "lineFigure: points of a must be finite, and greater than 0 on a logarithmic axis, got [0.1,0]",
    ],
    [
      "an infinite value",
      { x: linear, series: [{ label: "a", points: [[Infinity, 1]] }] },
      'lineFigure: points of a must be finite, and greater than 0 on a logarithmic axis, got ["Infinity",1]',
    ],
    [
      "error bars for another number of points",
      { series: [{ ...measured, errorBars: [[1, 2]] }] },
      "lineFigure: errorBars of first order, measured must be one for each point, got 1",
    ],
  ])("refuses %s", (_, change, message) => {
    expect(() => lineFigure({ ...logLog, ...change })).toThrow(ArgumentError);
    expect(() => lineFigure({ ...logLog, ...change })).toThrow(message);
  });
});
