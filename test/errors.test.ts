import fc from "fast-check";
import { ArgumentError, EngineError, FileError, InterruptedError, requireInteger, requireThat, show } from "smoothcert";
import { describe, expect, it } from "vitest";

describe("the errors", () => {
  it("carry their names, and what they are about", () => {
    const argument = new ArgumentError("certify: sigma must be ...", "sigma", -1);
    expect(argument).toBeInstanceOf(RangeError);
    expect([argument.name, argument.argument, argument.value]).toEqual(["ArgumentError", "sigma", -1]);
    const cause = new Error("ENOENT");
    const file = new FileError("runs/a.tsv", "expected a log, found nothing", { cause });
    expect([file.name, file.path, file.message]).toEqual([
      "FileError",
      "runs/a.tsv",
      "runs/a.tsv: expected a log, found nothing",
    ]);
    expect(file.cause).toBe(cause);
    expect([new EngineError("no").name, new InterruptedError("stop").name]).toEqual([
      "EngineError",
      "InterruptedError",
    ]);
  });
});

describe("requireThat", () => {
  it("names function, argument, rule, value and the next step", () => {
    const check = (sigma: number): void =>
      requireThat(sigma > 0, "certify", "sigma", "greater than 0", sigma, "Try 0.5");
    expect(() => check(1)).not.toThrow();
    expect(() => check(-1)).toThrow(ArgumentError);
    expect(() => check(-1)).toThrow(/^certify: sigma must be greater than 0, got -1\. Try 0\.5$/);
    expect(() => check(Number.NaN)).toThrow("got NaN");
  });
});

describe("requireInteger", () => {
  it("takes the integers of its range, both ends included, and nothing else", () => {
    const check = (value: number): void => requireInteger(value, "f", "k", -2, 7);
    fc.assert(
      fc.property(fc.oneof(fc.integer({ min: -20, max: 20 }), fc.double()), (value) => {
        const holds = Number.isInteger(value) && value >= -2 && value <= 7;
        if (holds) expect(() => check(value)).not.toThrow();
        else expect(() => check(value)).toThrow(`f: k must be an integer in [-2, 7], got ${String(value)}`);
      }),
    );
  });

  it("speaks of a least value where there is no largest", () => {
    expect(() => requireInteger(0, "f", "k", 1)).toThrow("f: k must be an integer of at least 1, got 0");
    expect(() => requireInteger(2 ** 53, "f", "k", 1)).toThrow("got 9007199254740992");
  });
});

describe("show", () => {
  it.each<[unknown, string]>([
    [undefined, "nothing"],
    [null, "null"],
    [Number.NaN, "NaN"],
    [10n, "10"],
    ["a b", '"a b"'],
    [[1, Number.NaN, Infinity], '[1,"NaN","Infinity"]'],
    [{ a: 1n }, '{"a":"1"}'],
  ])("shows %o as %s", (value, text) => {
    expect(show(value)).toBe(text);
  });

  it("stays within 80 characters, on one line, and never says [object Object]", () => {
    fc.assert(
      fc.property(fc.anything({ withBigInt: true }), (value) => {
        const text = show(value);
        expect(text.length <= 80 || typeof value === "bigint").toBe(true);
        expect(text).not.toMatch(/\n|\[object Object\]/);
      }),
    );
  });
});
