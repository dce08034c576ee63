import { ArgumentError, show } from "../errors.js";
import { wrongFile } from "../files/wrong-file.js";
import type { LabelMap } from "./dataset.js";
import { readBytes } from "./files.js";

const ENTRY = /^(?:\d{1,9}|-)$/;
const FILE = "one line for each class of the data set: the model's class, or its name, a tab and the model's class";

/**
 * Reads a map from the classes of a data set to those of a model: `0,217,-,482`, one entry a class in their order, or a
 * file of one line a class, `217` or `name<TAB>217`; lines with names may come in any order. `-` leaves a class out.
 *
 * @param text the list, or the file's path @param classes names of the data set's classes
 * @throws ArgumentError for a list of another length @throws FileError for a file that is none, or of other classes
 */
export async function readLabelMap(text: string, classes: readonly string[]): Promise<LabelMap> {
  const entries = text.split(",");
  if (!entries.every((entry) => ENTRY.test(entry.trim()))) return readFileMap(text, classes);
  if (entries.length === classes.length) return entries.map(entryOf);
  const rule = `${classes.length} classes of the model between commas, - for none (or a file of them)`;
  throw new ArgumentError(`--labels must be ${rule}, got ${entries.length}: ${show(text)}`, "--labels", text);
}

async function readFileMap(path: string, classes: readonly string[]): Promise<LabelMap> {
  const content = new TextDecoder().decode(await readBytes(path, FILE)).trimEnd();
  const lines = content.split(/\r?\n/).map((line) => line.split("\t").map((cell) => cell.trim()));
  const wrong = lines.findIndex((cells) => cells.length > 2 || !ENTRY.test(cells.at(-1) as string));
  if (wrong >= 0) throw misread(path, `line ${wrong + 1}: ${show(lines[wrong].join("\t"))}`);
  const named = lines.filter((cells) => cells.length === 2);
  if (named.length > 0 && named.length < lines.length) throw misread(path, "lines with names and lines without");
  if (lines.length !== classes.length) throw misread(path, `${lines.length} lines for ${classes.length} classes`);
  if (named.length === 0) return lines.map(([entry]) => entryOf(entry));
  const byName = new Map(named.map(([name, entry]) => [name, entryOf(entry)]));
  return classes.map((name) => {
    const entry = byName.get(name);
    if (entry === undefined) throw misread(path, `no line for class ${show(name)}`);
    return entry;
  });
}

function entryOf(text: string): number | null {
  return text.trim() === "-" ? null : Number(text);
}

function misread(path: string, found: string): Error {
  return wrongFile(path, FILE, found, "'-' in place of a class leaves its images out.");
}
