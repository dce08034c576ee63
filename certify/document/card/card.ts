/** A model card: what is certified of a model, for people and for those who list models. */

import { floorTo, type TrainingRecord, visibleLine } from "../../../src/index.js";
import { counted } from "../../../src/text/counted.js";
import { markdownTable } from "../../../src/text/markdown-table.js";
import { isOfTrainingImages, type LogHeader } from "../../log/header.js";
import type { LogRow } from "../../log/row.js";
import { isStopped, type LogSummary, summarizeLog } from "../../report/log-summary.js";
import { radiusLabel, settingsText, unitsOf } from "../../report/log-text.js";
import { percentAbove, percentBelow, radiusText } from "../../report/percent.js";
import { type YamlValue, yamlText } from "./yaml.js";

/** A log of the model. */
export interface CardLog {
  /** Its path, for the command that checks it. */
  readonly file: string;
  readonly header: LogHeader;
  readonly rows: readonly LogRow[];
}

/** What a card is made of. */
export interface CardSubject {
  readonly name: string;
  /** An identifier of Hugging Face's list, e.g. `apache-2.0`. */
  readonly license?: string | undefined;
  /** At least one, all of the same model. */
  readonly logs: readonly CardLog[];
  /** How the model was trained, where that is known. */
  readonly training?: TrainingRecord | undefined;
  /** Where certified accuracy is told, at least 0. */
  readonly radii: readonly number[];
}

/** Of a summary's intervals, which a card doesn't show. */
const CONFIDENCE = 0.95;
/** Data sets that have these names on Hugging Face too. */
const KNOWN_DATA = new Set(["mnist", "cifar10", "cifar100"]);

/** The card as Markdown behind front matter in YAML, as Hugging Face's model cards have it (`model-index`). */
export function modelCard(subject: CardSubject): string {
  const summaries = subject.logs.map(({ rows, header }) => summarizeLog(rows, header, subject.radii, CONFIDENCE));
  const sections = [
    `# ${visibleLine(subject.name)}`,
    INTRODUCTION,
    ...trainingSection(subject.training),
    "## Certified accuracy",
    ...subject.logs.map((log, i) => resultsOf(log, summaries[i])),
    claims(subject.logs[0].header),
    checks(subject),
  ];
  return `---\n${yamlText(frontMatter(subject, summaries))}\n---\n\n${sections.join("\n\n")}\n`;
}

const INTRODUCTION =
  "A classifier for randomized smoothing ([Cohen et al. 2019](https://arxiv.org/abs/1902.02918)): its answer is the\n" +
  "class that it returns most often under noise. Of test images it was certified by Monte Carlo that no change\n" +
  "whose norm is below a radius changes that answer.";

function frontMatter({ name, license, logs }: CardSubject, summaries: readonly LogSummary[]): YamlValue {
  const tables = logs.every(({ header }) => header.data.pixelType === "values");
  const datasets = [...new Set(logs.map(({ header }) => header.data.name))].filter((each) => KNOWN_DATA.has(each));
  return {
    ...(license !== undefined && { license }),
    library_name: "smoothcert",
    pipeline_tag: tables ? "tabular-classification" : "image-classification",
    tags: ["randomized-smoothing", "certified-robustness", ...(isOnnx(logs[0]) ? ["onnx"] : [])],
    ...(datasets.length > 0 && { datasets }),
    metrics: ["accuracy"],
    "model-index": [{ name: visibleLine(name), results: logs.map((log, i) => resultData(log, summaries[i], tables)) }],
  };
}

function isOnnx({ header }: CardLog): boolean {
  return header.model.runtime.startsWith("onnxruntime");
}

function resultData({ header }: CardLog, summary: LogSummary, isTable: boolean): YamlValue {
  const { data, sigma, n, n0, alpha } = header;
  const settings = { sigma, n0, n, alpha };
  const radius = radiusLabel([header]);
  const accuracies = summary.radii.map((at) => ({
    type: "accuracy",
    name: `certified accuracy at ${radius} ${radiusText(at.radius)} (%)`,
    value: Number(percentBelow(at, summary.points)),
    args: { radius: at.radius, ...settings },
  }));
  const average = isStopped(summary)
    ? []
    : [
        {
          type: "average-certified-radius",
          name: `average certified ${radius}`,
          value: Number(floorTo(summary.acr, 4)),
          args: settings,
        },
      ];
  return {
    task: { type: isTable ? "tabular-classification" : "image-classification" },
    dataset: { name: visibleLine(data.name), type: visibleLine(data.name), split: data.split },
    metrics: [...accuracies, ...average],
  };
}

function trainingSection(training: TrainingRecord | undefined): string[] {
  const entries = Object.entries(training ?? {}).filter(([, value]) => value !== undefined);
  if (entries.length === 0) return [];
  const rows = entries.map(([key, value]) => [key, typeof value === "object" ? JSON.stringify(value) : String(value)]);
  return ["## Training", tableOf([["setting", "value"], ...rows])];
}

function resultsOf({ header, rows }: CardLog, summary: LogSummary): string {
  const { points } = summary;
  const { name, split } = header.data;
  const images = [
    `${counted(rows.length, "image")} of ${name} (${split})`,
    counted(summary.abstentions, "abstention"),
  ].join(", ");
  const seen = isOfTrainingImages(header) ? " The model was trained on images of this set." : "";
  const rounding = `Percentages are rounded down${isStopped(summary) ? " (at most: up)" : ""}.`;
  const exact = summary.radii.map((at) => percentBelow(at, points));
  const most = isStopped(summary)
    ? [["at most (%)", ...summary.radii.map(({ atMost }) => percentAbove(atMost, points))]]
    : [];
  const table = tableOf([
    [radiusLabel([header]), ...summary.radii.map(({ radius }) => radiusText(radius))],
    ["certified accuracy (%)", ...exact],
    ...most,
  ]);
  const average = isStopped(summary)
    ? ""
    : `\n\nAverage certified radius ${floorTo(summary.acr, 4)}, which grows with n and alpha.`;
  return `${settingsText(header)}; ${images}.${seen} ${rounding}\n\n${table}${average}`;
}

function claims(header: LogHeader): string {
  const units = header.data.pixelType === "values" ? unitsOf([header]) : `for ${unitsOf([header])}`;
  return `## What is claimed

- Each certificate holds with probability 1 - alpha at least: the smoothed classifier has the same answer at every
  point closer than the radius, ${units}. Among many certificates a few may fail.
- The claim is about the model with the hash below, under this noise, and about these test images. It says nothing of
  images of another kind, of other norms, or of the model without noise.
- An answer costs as many runs of the model as noisy copies are drawn.`;
}

function checks({ logs }: CardSubject): string {
  const { header } = logs[0];
  const commands = logs.map(({ file }) => `    smoothcert audit ${visibleLine(file)} --model MODEL --data DATA`);
  return `## Check it

Noise is a function of its address, so whoever has model, data and log gets the same votes:

${commands.join("\n")}

${tableOf([
  ["what", "SHA-256 or version"],
  ["model, with how it is fed", header.model.hash || "unknown"],
  ...[...new Map(logs.map((log) => [log.header.data.name, log.header.data.hash]))].map(([name, hash]) => [name, hash]),
  ["computed by", header.model.runtime],
  ["noise", header.noise],
  ["smoothcert", header.smoothcert],
])}`;
}

/** A table of texts. A bar in a cell would end it. */
function tableOf(rows: readonly (readonly string[])[]): string {
  return markdownTable(rows.map((cells) => cells.map((cell) => visibleLine(cell).replaceAll("|", "\\|"))));
}
