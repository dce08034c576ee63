import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { integer, number, numberList, oneOf, parseInteger, parseNumber, parseNumberList } from "../../cli/options.js";

const refusal = (message: string, argument: string, value: string) => ({
  name: "ArgumentError",
  message,
  argument,
  value,
});
/** What a call throws. */
function thrownBy(call: () => unknown): unknown {
  try {
    call();
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
}

describe("parseNumber", () => {
  it("reads every finite double as JavaScript writes it", () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (x) => {
        expect(parseNumber(String(x), "--x")).toBe(Number(String(x)));
      }),
    );
  });

  it("divides as JavaScript does, whatever the blanks", () => {
    const side = fc.integer({ min: 1, max: 10_000 });
    const blanks = fc.constantFrom("", " ", "  ");
    fc.assert(
      fc.property(side, side, blanks, (a, b, blank) => {
        expect(parseNumber(`${blank}${a}${blank}/${blank}${b}${blank}`, "--x")).toBe(a / b);
      }),
    );
  });

  it.each([
    ["8/255", 8 / 255],
    ["sqrt(2)", Math.SQRT2],
    ["1e5", 100_000],
    ["2^10", 1024],
    ["-3 + 2*(1 - .5)", -2],
    ["-0.25", -0.25],
    ["+.5", 0.5],
    ["pi/2", Math.PI / 2],
    ["log(100, 10)", 2],
    ["exp(0)", 1],
    ["50%", 0.5],
    [" 7 ", 7],
  ])("reads %s", (text, value) => {
    expect(parseNumber(text, "--sigma")).toBe(value);
  });

  it.each([
    ["nothing", ""],
    ["blanks", "  "],
    ["words", "half"],
    ["NaN", "NaN"],
    ["no real number", "sqrt(-1)"],
    ["0/0", "0/0"],
    ["Infinity", "Infinity"],
    ["a division by 0", "1/0"],
    ["more than a double holds", "1e400"],
    ["units", "2 m"],
    ["a matrix", "[1, 2]"],
    ["a range", "1:3"],
    ["a list", "1,2"],
    ["two numbers", "0.25 0.5"],
    ["two points", "0.2.5"],
    ["two lines", "1\n2"],
    ["two statements", "1;2"],
    ["a broken expression", "8//255"],
    ["text", "'5'"],
    ["a truth value", "true"],
    ["an object", "{a: 1}"],
    ["a complex number", "i"],
    ["chance", "random()"],
    ["a function", "f(x) = x"],
    ["a function's name", "sqrt"],
    ["an import", "import({a: 1})"],
    ["JavaScript", 'cos.constructor("return 1")()'],
    ["a shell's leavings", "$SIGMA"],
  ])("refuses %s, naming the argument and the text", (_, text) => {
    const message = `--sigma must be a number or an expression such as 8/255, got ${JSON.stringify(text)}`;
    expect(thrownBy(() => parseNumber(text, "--sigma"))).toMatchObject(refusal(message, "--sigma", text));
  });

  it("shortens a long text in its message", () => {
    const text = "x".repeat(500);
    const { message } = thrownBy(() => parseNumber(text, "--sigma")) as Error;
    expect(message).toMatch(/got "x{70,80}\.\.\.$/);
  });
});

describe("parseNumberList", () => {
  it("reads numbers and expressions between commas", () => {
    expect(parseNumberList("0,0.25, 8/255 ,1e-3", "--radii")).toEqual([0, 0.25, 8 / 255, 1e-3]);
    expect(numberList("--radii")("3")).toEqual([3]);
  });

  it.each([
    ["0,,1", ""],
    ["", ""],
    ["1,2,", ""],
    ["1,two", "two"],
  ])("refuses %j", (text, part) => {
    const message = `--radii must be a number or an expression such as 8/255, got ${JSON.stringify(part)}`;
    expect(thrownBy(() => parseNumberList(text, "--radii"))).toMatchObject(refusal(message, "--radii", part));
  });
});

describe("parseInteger", () => {
  it("reads every safe integer within its range, and no other", () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), fc.maxSafeInteger(), fc.maxSafeInteger(), (x, a, b) => {
        const [min, max] = [Math.min(a, b), Math.max(a, b)];
        const read = (): number => parseInteger(String(x), "--n", min, max);
        if (min <= x && x <= max) expect(read()).toBe(x);
        else expect(read).toThrow(/^--n must be an integer /);
      }),
    );
  });

  it("takes both ends, and powers and exponents", () => {
    expect(parseInteger("1", "--n", 1, 3)).toBe(1);
    expect(parseInteger("3", "--n", 1, 3)).toBe(3);
    expect(parseInteger("1e5", "--n", 1)).toBe(100_000);
    expect(parseInteger("2^10", "--n", 1)).toBe(1024);
  });

  it.each([
    ["0", "--skip must be an integer of at least 1, got "],
    ["-1", "--skip must be an integer of at least 1, got "],
    ["2.5", "--skip must be an integer of at least 1, got "],
    ["8/255", "--skip must be an integer of at least 1, got "],
    ["1e300", "--skip must be an integer of at least 1, got "],
    ["ten", "--skip must be a number or an expression such as 8/255, got "],
  ])("refuses %s where an integer of at least 1 is wanted", (text, message) => {
    expect(thrownBy(() => integer("--skip", 1)(text))).toMatchObject(refusal(`${message}"${text}"`, "--skip", text));
  });

  it("names both ends of a range", () => {
    const message = '<input> must be an integer in [0, 9999], got "10000"';
    expect(() => parseInteger("10000", "<input>", 0, 9999)).toThrow(message);
  });
});

describe("the parsers for commander", () => {
  it("read as the functions do", () => {
    expect(number("--sigma")("1/2")).toBe(0.5);
    expect(integer("--n", 0, 5)("5")).toBe(5);
    expect(oneOf("--split", ["train", "test"])("test")).toBe("test");
  });

  it.each(["tests", "TEST", "", "train,test"])("accept no name but those given: %j", (text) => {
    const message = `--split must be one of train, test, got ${JSON.stringify(text)}`;
    const error = thrownBy(() => oneOf("--split", ["train", "test"])(text));
    expect(error).toMatchObject(refusal(message, "--split", text));
  });
});
