import type { RowsBlock, TableBlock } from "../blocks.js";
import { escaped } from "./escape.js";

/** A table. Tags that HTML lets one leave out are left out: a log may have ten thousand rows. */
export function tableHtml({ caption, columns, rows }: TableBlock): string {
  const kind = columns.includes("source") ? " class=source" : columns.includes("SHA-256") ? " class=files" : "";
  const body = rows.map((row) => `<tr>${cells(row)}`).join("\n");
  const head = `<caption>${escaped(caption)}</caption><thead><tr>${heads(columns)}`;
  return region(caption, `<table${kind}>${head}<tbody>${body}</table>`);
}

/** More rows than this are folded away until they are asked for. */
const MOST_OPEN = 200;

/** The table of all images; each row can be linked to. */
export function rowsHtml({ caption, columns, rows, filter }: RowsBlock): string {
  const body = rows.map((row) => `<tr id=i${row[0]}>${cells(row)}`).join("\n");
  const head = `<caption>${escaped(caption)}</caption><thead><tr>${heads(columns)}`;
  const table = region("All images", `<table>${head}<tbody>${body}</table>`);
  const open = rows.length > MOST_OPEN ? "" : " open";
  const summary = `<summary>${rows.length} rows</summary>`;
  return `<details${open}>${summary}<div class=rows data-filter=${filter}>${table}</div></details>`;
}

function heads(columns: readonly string[]): string {
  return columns.map((column) => `<th scope=col>${escaped(column)}`).join("");
}

function cells([first, ...others]: readonly string[]): string {
  return `<th>${escaped(first)}${others.map((cell) => `<td>${escaped(cell)}`).join("")}`;
}

/** What may be wider than a narrow screen scrolls by itself, by touch and by keyboard. */
export function region(name: string, table: string): string {
  return `<div class=scroll role=group tabindex=0 aria-label="${escaped(name)}">${table}</div>`;
}
