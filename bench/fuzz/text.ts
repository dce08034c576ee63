import type { Random } from "./random.js";

const CELLS = [
  "",
  " ",
  "0",
  "-1",
  "1",
  "-0",
  "1.0",
  "8.0",
  "True",
  "nan",
  "inf",
  "1e400",
  "1e-400",
  "99999999999999999999",
  "9007199254740993",
].concat(["0:0", "3:5,3:5", "7:-1", "1:1e9", "\u001b]0;x\u0007", "\u202e1", "0x10", "1,5", "'", "a".repeat(5000)]);

/** A table of lines and cells changed at a few of them. */
export function mutateTable(text: string, random: Random): string {
  const rows = text.split("\n").map((line) => line.split("\t"));
  return random
    .repeat(rows, (table) => changed(table, random))
    .map((row) => row.join("\t"))
    .join(random.chance(0.05) ? "\r\n" : "\n");
}

function changed(rows: string[][], random: Random): string[][] {
  if (rows.length === 0) return rows;
  const [r, other] = [random.below(rows.length), random.below(rows.length)];
  const c = random.below(rows[r].length);
  if (rows[r].length === 0) return rows.toSpliced(r, 1);
  const put = (row: string[]): string[][] => rows.with(r, row);
  const changes: (() => string[][])[] = [
    () => put(rows[r].with(c, random.pick(CELLS))),
    () => put(rows[r].with(c, random.pick(CELLS))),
    () => put(rows[r].with(c, rows[other][random.below(rows[other].length)] ?? "")),
    () => put(rows[r].with(c, `${rows[r][c]}${random.below(10)}`)),
    () => put(rows[r].with(c, rows[r][c].slice(random.below(3)))),
    () => put(rows[r].toSpliced(c, 1)),
    () => put(rows[r].toSpliced(c, 0, random.pick(CELLS))),
    () => rows.toSpliced(r, 1),
    () => rows.toSpliced(r, 0, rows[other]),
    () => rows.map((row) => row.toSpliced(c, 1)),
    () => [...rows.slice(0, r), [rows[r].join("\t").slice(0, random.below(40))]],
  ];
  return random.pick(changes)();
}

const PARTS = [
  "0",
  "1",
  "2",
  "9",
  "255",
  ".5",
  "1e5",
  "1e400",
  "+",
  "-",
  "*",
  "/",
  "^",
  "(",
  ")",
  " ",
  "e",
  "pi",
  "sqrt(",
  "sqrt",
].concat(
  [
    "!",
    "%",
    ",",
    ";",
    "\n",
    "=",
    "f(n)=",
    "f(60)",
    "[",
    "]",
    "{",
    "}",
    ":",
    "'",
    '"',
    "i",
    "mod",
    "to",
    "2 m",
    "#",
    "?",
    ".constructor",
    "import(",
    "\u001b[31m",
  ],
  ["9^9^9", "((((((((", "1/", "--", "random()", "factorial(", "ones(1e5)"],
);

/** What could be typed where a number is wanted. */
export function expression(random: Random): string {
  const length = random.chance(0.05) ? 2000 : 1 + random.below(24);
  return Array.from({ length }, () => random.pick(PARTS)).join("");
}
