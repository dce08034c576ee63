import type { Bar, BarsBlock } from "../blocks.js";
import { escaped } from "./escape.js";
import { region } from "./tables.js";

/** A table of shares with a bar in each row. */
export function barsHtml({ caption, columns: [name, value], bars }: BarsBlock): string {
  const heads = `<th>${escaped(name)}<th>${escaped(value)}<th class=left>share`;
  const head = `<caption>${escaped(caption)}</caption><thead><tr>${heads}`;
  return region(caption, `<table>${head}<tbody>${barRows(bars, "marked")}</table>`);
}

/** @param marked what a marked bar is, for those who don't see its colour */
export function barRows(bars: readonly Bar[], marked: string): string {
  return bars.map((bar) => barRow(bar, marked)).join("");
}

function barRow({ name, value, share, marked = false }: Bar, meaning: string): string {
  const width = `style="width:${(100 * share).toFixed(1)}%"`;
  const bar = marked ? `<i class=marked ${width} title="${escaped(meaning)}"></i>` : `<i ${width}></i>`;
  return `<tr><th>${escaped(name)}${marked ? ` (${escaped(meaning)})` : ""}<td>${escaped(value)}<td class=bar>${bar}`;
}
