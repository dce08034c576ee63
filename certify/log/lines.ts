/** The text of a log as lines and cells: between tabs, or between commas as pandas writes them. */

/** One line of the text that is not blank. */
export interface Line {
  readonly number: number;
  /** Where it begins in the text. */
  readonly start: number;
  readonly text: string;
  /** Whether a newline ends it. */
  readonly ended: boolean;
}

export function linesOf(text: string): Line[] {
  let start = 0;
  const pieces = text.split("\n");
  const lines = pieces.map((piece, i) => {
    const line = { number: i + 1, start, text: piece.replace(/\r$/, ""), ended: i < pieces.length - 1 };
    start += piece.length + 1;
    return line;
  });
  return lines.filter((line) => line.text.trim() !== "");
}

/** What stands between the cells of a log. */
export type Separator = "\t" | ",";

/** A tab wherever the header line has one. */
export function separatorOf(header: string): Separator {
  return !header.includes("\t") && header.includes(",") ? "," : "\t";
}

/** The separator in a sentence. */
export function separatorName(separator: Separator): string {
  return separator === "\t" ? "tabs" : "commas";
}

/** The cells of a line, trimmed; a cell in double quotes may hold the separator, and quotes doubled (RFC 4180). */
export function cellsOf(text: string, separator: Separator): string[] {
  if (!text.includes('"')) return text.split(separator).map((cell) => cell.trim());
  const cells: string[] = [];
  let cell = "";
  let quoted = false;
  for (const piece of text.split(separator)) {
    cell = quoted ? cell + separator + piece : piece;
    quoted = /^\s*"/.test(cell) && (cell.match(/"/g)?.length ?? 0) % 2 === 1;
    if (!quoted) cells.push(unquoted(cell));
  }
  return quoted ? [...cells, cell.trim()] : cells;
}

function unquoted(cell: string): string {
  const inside = /^\s*"(.*)"\s*$/s.exec(cell)?.[1];
  return inside === undefined ? cell.trim() : inside.replaceAll('""', '"').trim();
}
