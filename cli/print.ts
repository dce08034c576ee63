/**
 * How results and notes are written: results to standard output, everything else to standard error. Whatever they hold
 * of files, no control character reaches the terminal.
 */
import { type PixelType, shellWord, visible, visibleLine, withoutPassword } from "../src/index.js";

/** Writes a line of results. */
export function print(text: string): void {
  process.stdout.write(`${visible(text)}\n`);
}

/** Writes a line for the person watching: what is done, with what, how long it takes. */
export function note(text: string): void {
  process.stderr.write(`${visible(text)}\n`);
}

/** Writes a line that the person watching must not miss. */
export function warn(text: string): void {
  note(`warning: ${visibleLine(text)}`);
}

/** Sigma in both units in use: pixels in [0, 1] and bytes. */
export function inBothUnits(sigma: number): string {
  return `${Number(sigma.toPrecision(6))} for pixels in [0, 1] (${Number((sigma * 255).toPrecision(4))} for 0..255)`;
}

/** Sigma in the units of the data: pixels and bytes, or a table's own. */
export function inUnits(sigma: number, pixelType: PixelType): string {
  return pixelType === "values" ? `${Number(sigma.toPrecision(6))} in the data's own units` : inBothUnits(sigma);
}

/** Lines of cells, columns aligned to the right but for the first. */
export function table(cells: readonly (readonly string[])[]): string {
  const rows = cells.map((row) => row.map(visibleLine));
  const widths = rows[0].map((_, c) => Math.max(...rows.map((row) => row[c].length)));
  const line = (row: readonly string[]): string =>
    row.map((cell, c) => (c === 0 ? cell.padEnd(widths[c]) : cell.padStart(widths[c]))).join("  ");
  return rows.map((row) => line(row).trimEnd()).join("\n");
}

/** The command under way, to be pasted into a shell: it goes on where it was stopped. A password is left out. */
export function thisCommand(): string {
  return withoutPassword(shellCommand(["smoothcert", ...process.argv.slice(2)]));
}

/** The command line of these words, to be pasted into a shell. */
export function shellCommand(words: readonly string[]): string {
  return words.map(shellWord).join(" ");
}
