/**
 * Arithmetic on the command line: `8/255`, `2^10`, `sqrt(2)`. mathjs parses it; nothing but what is listed here is
 * evaluated.
 */
import { createRequire } from "node:module";
import type * as mathjs from "mathjs";
import type { ConstantNode, FunctionNode, MathNode, OperatorNode, ParenthesisNode, SymbolNode } from "mathjs";

/** Characters of an expression. */
const MAX_LENGTH = 200;

const OPERATORS: Readonly<Record<string, (a: number, b: number) => number>> = {
  add: (a, b) => a + b,
  subtract: (a, b) => a - b,
  multiply: (a, b) => a * b,
  divide: (a, b) => a / b,
  pow: (a, b) => a ** b,
  unaryMinus: (a) => -a,
  unaryPlus: (a) => a,
};

const CONSTANTS: ReadonlyMap<string, number> = new Map([
  ["e", Math.E],
  ["pi", Math.PI],
]);

/** What {@link evaluate} takes, for messages. */
export const ALLOWED = "numbers, + - * / ^, parentheses, e, pi and sqrt";

/** The value of an expression. @throws Error that names, in a few words, what in it is not allowed */
export function evaluate(text: string): number {
  if (text.length > MAX_LENGTH) throw new Error(`it is longer than ${MAX_LENGTH} characters`);
  const foreign = /[^0-9A-Za-z.+\-*/^() ]/u.exec(text)?.[0];
  if (foreign !== undefined) throw new Error(`${JSON.stringify(foreign)} is not allowed`);
  if (text.trim() === "") throw new Error("it is empty");
  return valueOfNode(parse(text));
}

let parser: mathjs.ParseFunction | undefined;

/**
 * mathjs takes longer to load than all else together, so it is loaded for the first expression that is more than a
 * plain number.
 */
function parse(text: string): MathNode {
  if (parser === undefined) {
    const { create, parseDependencies } = createRequire(import.meta.url)("mathjs/number") as typeof mathjs;
    parser = create(parseDependencies).parse;
  }
  return parser(text);
}

function valueOfNode(node: MathNode): number {
  switch (node.type) {
    case "ConstantNode":
      return numberOf((node as ConstantNode).value);
    case "ParenthesisNode":
      return valueOfNode((node as ParenthesisNode).content);
    case "SymbolNode":
      return constant((node as SymbolNode).name);
    case "OperatorNode":
      return operation(node as OperatorNode);
    case "FunctionNode":
      return squareRoot(node as FunctionNode);
    default:
      throw new Error(`${node.type.replace(/Node$/, "").toLowerCase()} is not allowed`);
  }
}

function numberOf(value: unknown): number {
  if (typeof value === "number") return value;
  throw new Error(`${JSON.stringify(value)} is not a number`);
}

function constant(name: string): number {
  const value = CONSTANTS.get(name);
  if (value === undefined) throw new Error(`${name} is not allowed`);
  return value;
}

function operation({ fn, op, args, implicit }: OperatorNode & { readonly implicit?: boolean }): number {
  if (implicit) throw new Error("an operator is missing between two of its parts");
  if (!Object.hasOwn(OPERATORS, fn)) throw new Error(`${op} is not allowed`);
  const [a, b = Number.NaN] = args.map(valueOfNode);
  return OPERATORS[fn](a, b);
}

function squareRoot({ fn, args }: FunctionNode): number {
  const name = fn.toString();
  if (name === "sqrt" && args.length === 1) return Math.sqrt(valueOfNode(args[0]));
  throw new Error(`${name}() of ${args.length} is not allowed`);
}
