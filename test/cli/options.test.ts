import fc from "fast-check";
import { show } from "smoothcert";
import { describe, expect, it } from "vitest";
import { integer, number, numberList, oneOf, parseInteger, parseNumber, parseNumberList } from "../../cli/options.js";

const refusal = (message: string, argument: string, value: string) => ({
  name: "ArgumentError",
  message,
  argument,
  value,
});
const RULE = "a number or an expression such as 8/255";
const ALLOWED = "Allowed are numbers, + - * / ^, parentheses, e, pi and sqrt";

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
    ["e^0", 1],
    ["2^3^2", 512],
    ["-2^2", -4],
    ["((((7))))", 7],
    [" 7 ", 7],
  ])("reads %s", (text, value) => {
    expect(parseNumber(text, "--sigma")).toBe(value);
  });

  it.each([
    ["nothing", "", "it is empty"],
    ["blanks", "  ", "it is empty"],
    ["words", "half", "half is not allowed"],
    ["NaN", "NaN", "its value is NaN"],
    ["no real number", "sqrt(-1)", "its value is NaN"],
    ["0/0", "0/0", "its value is NaN"],
    ["Infinity", "Infinity", "its value is Infinity"],
    ["a division by 0", "1/0", "its value is Infinity"],
    ["more than a double holds", "1e400", "its value is Infinity"],
    ["a power beyond that", "9^9^9^9", "its value is Infinity"],
    ["units", "2 m", "an operator is missing between two of its parts"],
    ["a product without its sign", "2(3)", "an operator is missing between two of its parts"],
    ["a matrix", "[1, 2]", '"[" is not allowed'],
    ["a range", "1:3", '":" is not allowed'],
    ["a list", "1,2", '"," is not allowed'],
    ["two numbers", "0.25 0.5", 'Unexpected part "0.5" (char 6)'],
    ["two points", "0.2.5", 'Unexpected part ".5" (char 4)'],
    ["two lines", "1\n2", '"\\n" is not allowed'],
    ["two statements", "1;2", '";" is not allowed'],
    ["a comment", "1 # 2", '"#" is not allowed'],
    ["a percentage", "50%", '"%" is not allowed'],
    ["a broken expression", "8//255", "Value expected (char 3)"],
    ["text", "'5'", `"'" is not allowed`],
    ["a truth value", "true", "true is not a number"],
    ["an object", "{a: 1}", '"{" is not allowed'],
    ["a complex number", "i", "i is not allowed"],
    ["chance", "random()", "random() of 0 is not allowed"],
    ["a factorial", "170!", '"!" is not allowed'],
    ["another function", "exp(0)", "exp() of 1 is not allowed"],
    ["a root of two", "sqrt(1)(2)", "an operator is missing between two of its parts"],
    ["a remainder", "5 mod 3", "mod is not allowed"],
    ["a conversion", "1 to 2", "to is not allowed"],
    ["a function", "f(x) = x", '"=" is not allowed'],
    ["a function that calls itself", "f(n) = f(n-1) + f(n-2); f(60)", '"=" is not allowed'],
    ["an assignment", "e = 3", '"=" is not allowed'],
    ["a property", "pi.constructor", "accessor is not allowed"],
    ["a function's name", "sqrt", "sqrt is not allowed"],
    ["an import", "import({a: 1})", '"{" is not allowed'],
    ["JavaScript", 'cos.constructor("return 1")()', '"\\"" is not allowed'],
    ["a shell's leavings", "$SIGMA", '"$" is not allowed'],
    ["what is too long", `${"(".repeat(100)}1${")".repeat(100)}`, "it is longer than 200 characters"],
  ])("refuses %s, naming the argument, the text and what is wrong", (_, text, problem) => {
    const message = `--sigma must be ${RULE}, got ${show(text)}: ${problem}. ${ALLOWED}`;
    expect(thrownBy(() => parseNumber(text, "--sigma"))).toMatchObject(refusal(message, "--sigma", text));
  });

  it("takes or refuses any text of these characters at once, and never gives anything but a finite number", () => {
    const texts = fc.array(fc.constantFrom(..."0123456789.eE+-*/^() ", "sqrt(", "pi", "(((", ")))", "9^9"), {
      maxLength: 60,
    });
    fc.assert(
      fc.property(texts, (parts) => {
        try {
          expect(Number.isFinite(parseNumber(parts.join(""), "--x"))).toBe(true);
        } catch (error) {
          expect(error).toMatchObject({ name: "ArgumentError", argument: "--x" });
        }
      }),
    );
  });

  it("shortens a long text in its message", () => {
    const text = "x".repeat(500);
    const { message } = thrownBy(() => parseNumber(text, "--sigma")) as Error;
    expect(message).toMatch(/got "x{70,80}\.\.\.: it is longer than 200 characters\. /);
  });
});

describe("parseNumberList", () => {
  it("reads numbers and expressions between commas", () => {
    expect(parseNumberList("0,0.25, 8/255 ,1e-3", "--radii")).toEqual([0, 0.25, 8 / 255, 1e-3]);
    expect(numberList("--radii")("3")).toEqual([3]);
  });

  it.each([
    ["0,,1", "", "it is empty"],
    ["", "", "it is empty"],
    ["1,2,", "", "it is empty"],
    ["1,two", "two", "two is not allowed"],
  ])("refuses %j", (text, part, problem) => {
    const message = `--radii must be ${RULE}, got ${JSON.stringify(part)}: ${problem}. ${ALLOWED}`;
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
