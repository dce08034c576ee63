import { VERSION } from "../../../src/core.js";
import type { LogRow } from "../../log/row.js";
import type { Block } from "../blocks.js";
import { reproduction } from "../reproduce.js";
import type { Section } from "../section.js";
import type { Subject } from "../subject.js";

/** Where everything comes from, and the data themselves. */
export const provenance: Section = {
  id: "provenance",
  title: "Where this comes from",
  prepare(subject) {
    const { log, files } = subject;
    const { header } = log;
    const command = header && reproduction(header);
    const blocks: Block[] = [
      ...(command === undefined ? [] : [codeOf("The log again, with your paths to model and data", command)]),
      {
        kind: "table",
        caption: "Files that this report was made from",
        columns: ["file", "SHA-256"],
        rows: files.map(({ name, sha256 }) => [name, sha256]),
      },
      { kind: "facts", facts: factsOf(subject) },
      { kind: "downloads", files: downloadsOf(subject) },
      ...(header === undefined ? [] : [codeOf("Header of the log", JSON.stringify(header, undefined, 2))]),
    ];
    const named = files.map(({ name, sha256 }) => ({ name, sha256 }));
    return { data: { smoothcert: VERSION, command, files: named, header }, blocks };
  },
};

function codeOf(caption: string, text: string): Block {
  return { kind: "code", caption, text };
}

function factsOf({ log: { header } }: Subject): [string, string][] {
  const report: [string, string] = ["report", `smoothcert ${VERSION}; the same files make the same report`];
  if (header === undefined) return [report];
  const { model, data, created, smoothcert } = header;
  return [
    ["model", `${model.name}, SHA-256 ${model.hash || "unknown"}`],
    ["computed by", model.runtime],
    ["data", `${data.name} ${data.split}, ${data.length} images of ${data.shape.join("x")}, SHA-256 ${data.hash}`],
    ["log", `begun ${created} by smoothcert ${smoothcert}`],
    report,
  ];
}

/** A log that is no longer is held whole; of a longer one, Cohen's columns with the votes that they follow from. */
const LARGEST_WHOLE = 600_000;

function downloadsOf({ files, log }: Subject): { name: string; text: string; description: string }[] {
  return files.map(({ name, text }, i) => {
    const base = name.replace(/^.*[/\\]/, "");
    if (i > 0 || text.length <= LARGEST_WHOLE) return { name: base, text, description: sizeText(text) };
    const short = shortLog(log.rows);
    return {
      name: base,
      text: short,
      description: `${sizeText(short)}: without the columns that fill ${sizeText(text)}`,
    };
  });
}

function sizeText(text: string): string {
  return `${Math.ceil(text.length / 1000)} kB`;
}

const SHORT_COLUMNS = ["idx", "label", "predict", "radius", "correct", "nA", "n"] as const;

function shortLog(rows: readonly LogRow[]): string {
  const cell = (value: LogRow[(typeof SHORT_COLUMNS)[number]]): string =>
    typeof value === "boolean" ? String(Number(value)) : String(value ?? "");
  const lines = rows.map((row) => SHORT_COLUMNS.map((column) => cell(row[column])).join("\t"));
  return `${[SHORT_COLUMNS.join("\t"), ...lines].join("\n")}\n`;
}
