/** A report as one HTML file that asks for nothing else. */
import { createHash } from "node:crypto";
import type { Report, ReportSection } from "../report.js";
import { blockHtml } from "./blocks.js";
import { escaped } from "./escape.js";
import { SCRIPT } from "./script.js";
import { STYLE } from "./style.js";

/** The page: readable without its script, which only sorts and filters the table of images. */
export async function reportHtml(report: Report): Promise<string> {
  const sections = await Promise.all(report.sections.map(sectionHtml));
  return [
    "<!doctype html>",
    '<html lang="en">',
    headHtml(report),
    "<body>",
    `<header><h1>${escaped(report.title)}</h1><p class=sub>Certification report</p></header>`,
    contentsHtml(report),
    `<main>${sections.join("\n")}${missingHtml(report)}</main>`,
    `<script>${SCRIPT}</script>`,
    "</body>",
    "</html>\n",
  ].join("\n");
}

function headHtml({ title }: Report): string {
  const script = createHash("sha256").update(SCRIPT).digest("base64");
  const policy = `default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'sha256-${script}'`;
  return [
    "<head>",
    '<meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="${policy}">`,
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<link rel="icon" href="data:,">',
    `<title>${escaped(title)}: certification report</title>`,
    `<style>${STYLE}</style>`,
    "</head>",
  ].join("\n");
}

function contentsHtml({ sections }: Report): string {
  const links = sections.map(({ id, title }) => `<li><a href="#${id}">${escaped(title)}</a>`);
  return `<nav aria-label="Contents"><ul>${links.join("")}</ul></nav>`;
}

async function sectionHtml({ id, title, blocks }: ReportSection): Promise<string> {
  const shown = await Promise.all(blocks.map(blockHtml));
  return `<section id="${id}"><h2>${escaped(title)}</h2>\n${shown.join("\n")}</section>`;
}

function missingHtml({ missing }: Report): string {
  if (missing.length === 0) return "";
  const reasons = missing.map(({ title, reason }) => `<li>${escaped(title)}: ${escaped(reason)}`);
  return `<section id="missing"><h2>What this report can't show</h2><ul>${reasons.join("")}</ul></section>`;
}
