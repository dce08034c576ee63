import { type ChildProcess, spawn } from "node:child_process";
import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { loadDataset } from "smoothcert";
import { checkOf, headerIdentity, type LogHeader, type LogRow, writeLog as writeRows } from "smoothcert/certify";
import { afterAll, beforeAll, inject, vi } from "vitest";
import { runCommandLine } from "../../cli/command-line.js";
import { idxBytes } from "../data/support.js";

/** What a command did. */
export interface Outcome {
  /** The exit code; undefined where a signal killed it. */
  readonly code: number | undefined;
  readonly out: string;
  readonly err: string;
}

/** Runs a command line in this process. */
export async function smoothcert(...words: readonly string[]): Promise<Outcome> {
  const streams = { out: "", err: "" };
  const keep = (name: "out" | "err") => (text: unknown) => {
    streams[name] += String(text);
    return true;
  };
  const out = vi.spyOn(process.stdout, "write").mockImplementation(keep("out"));
  const err = vi.spyOn(process.stderr, "write").mockImplementation(keep("err"));
  try {
    const code = await runCommandLine(words);
    return { code, ...streams };
  } finally {
    out.mockRestore();
    err.mockRestore();
  }
}

/** The built program, as `smoothcert` starts it; `npm test` builds it first. */
export const PROGRAM = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));

/** A command line that runs in a process of its own. */
export interface Started {
  readonly child: ChildProcess;
  readonly outcome: Promise<Outcome>;
  /** Settles when standard error holds the text, or the process has ended without it. */
  said(text: string): Promise<void>;
}

/** Starts the built program. */
export function start(...words: readonly string[]): Started {
  return startWith(process.env, ...words);
}

/** Starts the built program in an environment of its own. */
function startWith(env: NodeJS.ProcessEnv, ...words: readonly string[]): Started {
  const child = spawn(process.execPath, [PROGRAM, ...words], { env, stdio: ["ignore", "pipe", "pipe"] });
  const streams = { out: "", err: "" };
  child.stdout.on("data", (chunk) => (streams.out += chunk));
  child.stderr.on("data", (chunk) => (streams.err += chunk));
  const outcome = new Promise<Outcome>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ code: code ?? undefined, ...streams }));
  });
  const said = (text: string): Promise<void> =>
    new Promise((resolve) => {
      const look = (): void => (streams.err.includes(text) ? resolve() : undefined);
      child.stderr.on("data", look);
      child.on("close", () => resolve());
    });
  return { child, outcome, said };
}

/** Runs the built program to its end. */
export function spawned(...words: readonly string[]): Promise<Outcome> {
  return start(...words).outcome;
}

/** Runs the built program to its end in an environment of its own. */
export function spawnedWith(env: NodeJS.ProcessEnv, ...words: readonly string[]): Promise<Outcome> {
  return startWith(env, ...words).outcome;
}

/** How the models of these tests are trained: seconds of work, and most of their answers can be certified. */
const TRAINING = ["--model", "linear", "--limit", "2000", "--epochs", "3", "--lr", "0.05", "--sigma", "0.25"];

let trained: Promise<string> | undefined;

/** Trains a run, once for all files that this process tests; returns its folder. */
function trainedRun(): Promise<string> {
  trained ??= trainRun();
  return trained;
}

async function trainRun(): Promise<string> {
  const run = join(await mkdtemp(join(inject("shared"), "trained-")), "run");
  const { code, err } = await smoothcert("train", ...TRAINING, "--engine", "wasm", "--out", run);
  if (code !== 0) throw new Error(err);
  return run;
}

/** A folder for one file's tests, with a trained run in it. Call at the top level; the paths are there inside tests. */
export function folderWithRun(): { path: string; run: string; at(name: string): string } {
  const folder = { path: "", run: "", at: (name: string) => join(folder.path, name) };
  beforeAll(async () => {
    folder.path = await mkdtemp(join(tmpdir(), "smoothcert-cli-"));
    folder.run = folder.at("run");
    await cp(await trainedRun(), folder.run, { recursive: true });
  });
  afterAll(() => rm(folder.path, { recursive: true, force: true }));
  return folder;
}

/**
 * Writes the first `count` test images of MNIST as a data set of their own, which loads at once; returns its --data.
 */
export async function writeDigits(folder: string, count: number): Promise<string> {
  const mnist = await loadDataset("mnist", "test");
  const examples = Array.from({ length: count }, (_, i) => mnist.example(i));
  const [images, labels] = [join(folder, "digits"), join(folder, "labels")];
  await writeFile(images, idxBytes([count, 28, 28], Uint8Array.from(examples.flatMap(({ pixels }) => [...pixels]))));
  await writeFile(labels, idxBytes([count], Uint8Array.from(examples.map(({ label }) => label))));
  return `idx:${images},${labels}`;
}

/** Writes a log with its header beside it, sealed; returns the log's path. */
export async function writeLog(
  folder: string,
  name: string,
  header: LogHeader,
  rows: readonly LogRow[],
): Promise<string> {
  const path = join(folder, `${name}.tsv`);
  const identity = headerIdentity(header);
  const sealed = rows.map((row) => ({ ...row, check: checkOf(row, identity) }));
  await writeRows(path, header, sealed);
  return path;
}
