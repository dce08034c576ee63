import fc from "fast-check";
import { type AccuracyCurve, terminalCurve } from "smoothcert/plot";
import { describe, expect, it } from "vitest";

/** A curve of some images' radii, as `certifiedCurve` makes one. */
const curves = fc
  .tuple(fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 40 }), fc.integer({ min: 0, max: 20 }))
  .map(([hundredths, wrong]): AccuracyCurve => {
    const points = hundredths.length + wrong;
    const radii = [...new Set(hundredths)].sort((a, b) => a - b).map((radius) => radius / 100);
    const steps = radii.map((radius) => ({
      radius,
      accuracy: hundredths.filter((each) => each / 100 >= radius).length / points,
    }));
    return { label: "curve", steps };
  });
const columns = fc.integer({ min: 30, max: 120 });
const MARGIN = 5;
const LEVELS = 20;

/** The rows of a drawing, from 100 % down, without their margin. */
const rowsOf = (text: string): string[] =>
  text
    .split("\n")
    .slice(0, LEVELS + 1)
    .map((row) => row.slice(MARGIN));

describe("terminalCurve", () => {
  it("draws in each column the accuracy at its radius, rounded down to 5 points", () => {
    fc.assert(
      fc.property(curves, columns, (curve, width) => {
        const rows = rowsOf(terminalCurve([curve], width));
        const last = width - MARGIN - 1;
        const largest = curve.steps.at(-1)!.radius;
        for (let column = 0; column <= last; column++) {
          const accuracy = curve.steps.find(({ radius }) => radius >= (column * largest) / last)?.accuracy ?? 0;
          const drawn = rows.flatMap((row, k) => (row[column] === "1" ? [(LEVELS - k) / LEVELS] : []));
          if (accuracy === 0) expect(drawn).toEqual([]);
          else {
            expect(drawn).toHaveLength(1);
            expect(drawn[0]).toBeLessThanOrEqual(accuracy + 1e-9);
            expect(drawn[0]).toBeGreaterThan(accuracy - 1 / LEVELS);
          }
        }
      }),
      { numRuns: 60 },
    );
  });

  it("is no wider than it is told, names each series, and marks where they meet", () => {
    fc.assert(
      fc.property(curves, curves, columns, (first, second, width) => {
        const text = terminalCurve([first, { ...second, label: "other" }], width);
        for (const line of text.split("\n")) expect(line.length).toBeLessThanOrEqual(width);
        for (const entry of ["1 curve", "2 other", "* several"]) expect(text).toContain(entry);
        const alone = rowsOf(terminalCurve([first], width)).join("\n");
        expect(rowsOf(terminalCurve([first, first], width)).join("\n")).toBe(alone.replaceAll("1", "*"));
      }),
      { numRuns: 60 },
    );
  });

  it("draws points where they are, and labels round radii", () => {
    const points = [
      { radius: 0, accuracy: 0.95, atMost: 0.96 },
      { radius: 0.5, accuracy: 0.5, atMost: 0.5 },
      { radius: 1, accuracy: 0, atMost: 0.1 },
    ];
    const lines = terminalCurve([{ label: "stopped", points }], 46).split("\n");
    expect(lines[1]).toBe("    |1");
    expect(lines[10]).toBe(`    |${" ".repeat(20)}1`);
    expect(lines.filter((line) => / *\d* \|.*1/.test(line))).toHaveLength(2);
    expect(lines.slice(-3)).toEqual([
      `    +${"-".repeat(41)}`,
      "     0       0.2     0.4     0.6     0.8     1",
      "     1 stopped",
    ]);
  });

  it.each([
    [[], 80, "series must be 1 to 9"],
    [new Array(10), 80, "series must be 1 to 9"],
    [[1], 29, "columns must be"],
  ])("refuses %j in %d columns", (series, width, message) => {
    const given = Array.from(series, () => ({ label: "a", steps: [{ radius: 1, accuracy: 1 }] }));
    expect(() => terminalCurve(given, width)).toThrow(message);
  });
});
