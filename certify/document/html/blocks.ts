/** The blocks of a report as HTML. */
import { gzipSync } from "node:zlib";
import type { Block, ChecksBlock, DownloadsBlock, FactsBlock, FigureBlock, TilesBlock } from "../blocks.js";
import type { Check } from "../check.js";
import { barsHtml } from "./bars.js";
import { escaped } from "./escape.js";
import { figureSvg } from "./figures.js";
import { picturesHtml } from "./pictures.js";
import { rowsHtml, tableHtml } from "./tables.js";

/** A block as HTML. */
export async function blockHtml(block: Block): Promise<string> {
  switch (block.kind) {
    case "text":
      return `<p${block.warning ? " class=warning" : ""}>${escaped(block.text)}</p>`;
    case "list":
      return `<ul>${block.items.map((item) => `<li>${escaped(item)}`).join("")}</ul>`;
    case "tiles":
      return tilesHtml(block);
    case "facts":
      return factsHtml(block);
    case "table":
      return tableHtml(block);
    case "bars":
      return barsHtml(block);
    case "figure":
      return figureHtml(block);
    case "checks":
      return checksHtml(block);
    case "pictures":
      return picturesHtml(block);
    case "code":
      return `<h3>${escaped(block.caption)}</h3><pre tabindex=0>${escaped(block.text)}</pre>`;
    case "downloads":
      return downloadsHtml(block);
    case "rows":
      return rowsHtml(block);
  }
}

function tilesHtml({ tiles }: TilesBlock): string {
  const shown = tiles.map(({ label, value, details }) => {
    const lines = details.map((detail) => `<p class=detail>${escaped(detail)}</p>`).join("");
    return `<div class=tile><p>${escaped(label)}</p><p class=value>${escaped(value)}</p>${lines}</div>`;
  });
  return `<div class=tiles>${shown.join("")}</div>`;
}

function factsHtml({ facts }: FactsBlock): string {
  return `<dl>${facts.map(([name, value]) => `<dt>${escaped(name)}<dd>${escaped(value)}`).join("")}</dl>`;
}

async function figureHtml({ caption, figure, table }: FigureBlock): Promise<string> {
  const shown = `<figure>${await figureSvg(figure)}<figcaption>${escaped(caption)}</figcaption></figure>`;
  return `<div class=beside>${shown}${tableHtml(table)}</div>`;
}

function checksHtml({ checks }: ChecksBlock): string {
  return `<ul class=checks>${checks.map(checkHtml).join("")}</ul>`;
}

const MARKS: Readonly<Record<Check["outcome"], string>> = {
  passed: "\u2713",
  failed: "\u2717",
  noteworthy: "!",
  "not done": "\u2013",
};

function checkHtml({ id, title, outcome, found, explanation, details }: Check): string {
  const listed = details.map((detail) => `<li>${escaped(detail)}`).join("");
  return [
    `<li class="${outcome.replace(" ", "-")}" id="check-${id}"><h3>${escaped(title)}</h3>`,
    `<p><span class=outcome>${MARKS[outcome]} ${outcome}</span>: ${escaped(found)}</p>`,
    `<p class=explanation>${escaped(explanation)}</p>${listed === "" ? "" : `<ul>${listed}</ul>`}`,
  ].join("");
}

function downloadsHtml({ files }: DownloadsBlock): string {
  const links = files.map(({ name, text, description }) => {
    const data = gzipSync(text, { level: 9 }).toString("base64");
    const file = `${escaped(name)}.gz`;
    const link = `<a download="${file}" href="data:application/gzip;base64,${data}">${file}</a>`;
    return `<li>${link} (${escaped(description)} unpacked)`;
  });
  return `<div class=downloads><h3>The data themselves</h3><ul>${links.join("")}</ul></div>`;
}
