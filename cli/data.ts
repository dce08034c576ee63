import { Command } from "commander";
import {
  clearDecodedCache,
  DATASET_SPECS,
  type DatasetDescription,
  type DatasetSpec,
  describeDataset,
  requireThat,
  type Split,
  visibleLine,
} from "../src/index.js";
import { counted } from "../src/text/counted.js";
import { openData } from "./open-data.js";
import { oneOf } from "./options.js";
import { print } from "./print.js";

const HELP = `
Images of folders are kept decoded in the user's cache folder, so that they are
read faster the next time; --clear-cache removes all of them.

Examples:
  smoothcert data
  smoothcert data mnist --split test --json
  smoothcert data --clear-cache`;

interface DataOptions {
  readonly split: Split;
  readonly clearCache?: true;
  readonly json?: true;
}

/** `smoothcert data [SPEC]`: lists the kinds of datasets, describes one, or removes what is kept of them. */
export function dataCommand(): Command {
  return new Command("data")
    .description("list the data sets that can be used, or describe one")
    .argument("[spec]", "a data set, e.g. mnist; if left out, all kinds are listed")
    .option("--split <split>", "train or test", oneOf("--split", ["train", "test"]), "train")
    .option("--clear-cache", "remove the decoded images that are kept of folders")
    .option("--json", "print one JSON object")
    .addHelpText("after", HELP)
    .action(async (spec: string | undefined, options: DataOptions) => {
      const [object, text] = await answer(spec, options);
      print(options.json ? JSON.stringify(object) : text);
    });
}

/** What is printed, with --json and without. */
type Answer = readonly [object: object, text: string];

async function answer(spec: string | undefined, { split, clearCache }: DataOptions): Promise<Answer> {
  if (clearCache) {
    requireThat(spec === undefined, "data --clear-cache", "spec", "left out", spec);
    return await clearing();
  }
  return spec === undefined ? listing() : await description(spec, split);
}

async function clearing(): Promise<Answer> {
  const { files, bytes } = await clearDecodedCache();
  const freed = `${Math.round(bytes / 1e6).toLocaleString("en")} MB freed`;
  const text =
    files === 0 ? "no decoded images are kept" : `${counted(files, "file")} of decoded images removed, ${freed}`;
  return [{ files, bytes }, text];
}

function listing(): Answer {
  const width = Math.max(...DATASET_SPECS.map(({ spec }) => spec.length));
  const line = ({ spec, bundled, description }: DatasetSpec): string =>
    `${spec.padEnd(width)}  ${bundled ? "included  " : "your files"}  ${description}`;
  return [{ datasets: DATASET_SPECS }, DATASET_SPECS.map(line).join("\n")];
}

async function description(spec: string, split: Split): Promise<Answer> {
  const described = describeDataset(await openData(spec, split));
  return [described, formatDescription(described)];
}

const PIXELS = {
  bytes: "bytes, level / 255 in [0, 1]",
  floats: "floats in [0, 1]",
  values: "floats of a table, in the data's own units",
} as const;

function formatDescription(d: DatasetDescription): string {
  const [height, width, channels] = d.shape;
  const units = d.pixelType === "values" ? "in the data's own units, by column" : "in [0, 1], by channel";
  const rows = [
    ["name", d.name],
    ["split", d.split],
    ["images", String(d.length)],
    ...(d.pixelType === "values"
      ? [["shape", `${channels} values each`]]
      : [["shape", `${height} x ${width} x ${channels} (height, width, channels)`]]),
    ["pixels", PIXELS[d.pixelType]],
    ["mean", `${fixed(d.mean)} (${units})`],
    ["std", `${fixed(d.std)} (${units})`],
    ["hash", d.hash],
    ["source", d.source],
    ["classes", `${d.classes.length}, with images each:`],
    ...d.classes.map(({ name, count }) => ["", `${String(count).padStart(7)}  ${name}`]),
  ];
  return rows.map(([key, value]) => `${key.padEnd(9)}${visibleLine(value)}`).join("\n");
}

function fixed(values: readonly number[]): string {
  return values.map((value) => value.toFixed(4)).join(" ");
}
