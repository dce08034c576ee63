import { existsSync, readdirSync } from "node:fs";
import { statfs } from "node:fs/promises";
import { createRequire } from "node:module";
import { arch, availableParallelism, cpus, freemem, platform, totalmem } from "node:os";
import { join } from "node:path";
import { cacheFolder, folderBytes, requireWritable } from "../src/index.js";
import { counted } from "../src/text/counted.js";
import { bytesText, type Finding, type Found, look } from "./doctor-finding.js";

const GROUP = "This machine";

/** What of the package's own description is looked at. */
export interface Package {
  readonly engines: { readonly node: string };
  readonly dependencies: Readonly<Record<string, string>>;
}

export const PACKAGE: Package = createRequire(import.meta.url)("smoothcert/package.json");

/** What the machine has, whatever is computed on it. */
export async function machineFindings(): Promise<Finding[]> {
  return [
    await look(GROUP, "Node.js", { state: "problem" }, () => nodeFound(process.versions.node, PACKAGE.engines.node)),
    await look(GROUP, "processor", { state: "problem" }, processor),
    await look(GROUP, "memory", { state: "problem" }, memory),
    await look(GROUP, "this folder", { state: "optional" }, thisFolder),
    await look(GROUP, "cache", { state: "optional", mend: "export SMOOTHCERT_CACHE=FOLDER" }, cache),
  ];
}

/**
 * Compares the version of Node.js with the oldest that will do.
 *
 * @param needed as package.json has it: `>=20.11`
 */
export function nodeFound(version: string, needed: string): Found {
  const oldest = needed.replace(">=", "");
  const [is, atLeast] = [version, oldest].map((text) => text.split(".").map(Number));
  const [major, minor] = is;
  const isRecent = major > atLeast[0] || (major === atLeast[0] && minor >= atLeast[1]);
  const text = `${version} on ${platform()} ${arch()}`;
  if (isRecent) return { text };
  return { state: "problem", text: `${text}, but ${oldest} or later is needed`, mend: "nvm install --lts" };
}

function processor(): Found {
  return { text: `${cpus()[0]?.model.trim() ?? "unknown"}, ${counted(availableParallelism(), "thread")}` };
}

function memory(): Found {
  const total = Math.min(totalmem(), process.constrainedMemory() || Number.POSITIVE_INFINITY);
  return { text: `${bytesText(Math.min(freemem(), total))} free of ${bytesText(total)}` };
}

async function thisFolder(): Promise<Found> {
  requireWritable(join(process.cwd(), "runs", "demo", "certify.tsv"));
  return { text: `${process.cwd()}: writable, ${await freeText(process.cwd())}` };
}

/** Engines and decoded images; whatever else lies there is named too. */
async function cache(): Promise<Found> {
  const folder = cacheFolder();
  requireWritable(join(folder, "engine", "new"));
  if (!existsSync(folder)) return { text: `${folder}: nothing in it yet` };
  const names = readdirSync(folder).sort();
  const sizes = await Promise.all(
    names.map(async (name) => `${name} ${bytesText(await folderBytes(join(folder, name)))}`),
  );
  return { text: [`${folder}: ${sizes.join(", ") || "empty"}`, await freeText(folder)].join(", ") };
}

async function freeText(folder: string): Promise<string> {
  const { bavail, bsize } = await statfs(folder);
  return `${bytesText(bavail * bsize)} free`;
}
