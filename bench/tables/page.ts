/**
 * The tables of docs/results.md stand between marks, `<!-- table NAME -->` and `<!-- end -->`; all else is left as it
 * is.
 */

export function hasTable(text: string, name: string): boolean {
  return text.includes(beginOf(name));
}

/** @throws Error if the page has no marks for the table */
export function withTable(text: string, name: string, table: string): string {
  const marks = new RegExp(`(${beginOf(name)})[^]*?(<!-- end -->)`);
  if (!marks.test(text)) throw new Error(`docs/results.md has no table ${name}`);
  return text.replace(marks, (_, begin: string, end: string) => `${begin}\n${table}\n\n${end}`);
}

function beginOf(name: string): string {
  return `<!-- table ${name} -->\n`;
}
