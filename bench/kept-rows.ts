import { appendFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";

/** Rows of a file of tab-separated values, written as they are measured: an interruption keeps those that are there. */
export interface KeptRows<Row> {
  all(): Row[];
  add(row: Row): void;
}

/**
 * The rows of a file, which is begun with the first row where there is none.
 *
 * @param columns how each is read, in the order of the file
 */
export function keptRows<Row extends object>(
  path: string,
  columns: { readonly [Name in keyof Row]: (text: string) => Row[Name] },
): KeptRows<Row> {
  const names = Object.keys(columns) as (keyof Row & string)[];
  return {
    all() {
      if (!existsSync(path)) return [];
      const lines = readFileSync(path, "utf8").trim().split("\n").slice(1);
      return lines.map((line) => {
        const cells = line.split("\t");
        return Object.fromEntries(names.map((name, i) => [name, columns[name](cells[i])])) as Row;
      });
    },
    add(row) {
      if (!existsSync(path)) writeFileSync(path, `${names.join("\t")}\n`);
      appendFileSync(path, `${names.map((name) => row[name]).join("\t")}\n`);
    },
  };
}
