import { readFileSync, writeFileSync } from "node:fs";
import { cp, mkdir, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { ArgumentError, FileError } from "smoothcert";
import { Refusal } from "./command.js";
import type { Base, Kind } from "./kind.js";
import { Random } from "./random.js";

/** The most that reading one input may take: seconds of the processor, and bytes of memory. */
const MAX_SECONDS = 5;
const MAX_BYTES = 2 ** 30;

/** What became of an input. */
export interface Verdict {
  readonly accepted: boolean;
  /** Seconds of the processor, all threads together. */
  readonly seconds: number;
  /** Most memory of the process while it was read, in bytes. */
  readonly memory: number;
  /** What is wrong with how it was read. */
  readonly fault?: string;
  /** The refusal's text. */
  readonly message?: string;
}

/** What only programmers understand. */
const UNTOLD = [
  /Cannot (read|set) propert|Cannot convert|is not (a function|iterable|defined|a constructor)/,
  /call stack|undefined \(|Invalid (array|typed array|string) length|allocation failed|\[object Object\]|\bat file:/,
];

/** Makes the input of a seed in `folder` and reads it. The folder stays. */
export async function tryInput(kind: Kind, seed: number, base: Base, folder: string): Promise<Verdict> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await kind.make(new Random(`${kind.name} ${seed}`), base, folder);
  forgetPeak();
  const before = process.cpuUsage();
  const error = await kind.read(folder, base).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  const { user, system } = process.cpuUsage(before);
  const measured = { accepted: error === undefined, seconds: (user + system) / 1e6, memory: peak() };
  const fault =
    faultOf(measured) ?? (error === undefined ? undefined : faultOfError(error, kind.names ?? basename(folder)));
  return { ...measured, ...(fault !== undefined && { fault }), ...(error !== undefined && { message: textOf(error) }) };
}

function faultOf({ seconds, memory }: Pick<Verdict, "seconds" | "memory">): string | undefined {
  if (!(seconds <= MAX_SECONDS)) return `took ${seconds.toFixed(1)} s`;
  return memory <= MAX_BYTES ? undefined : `took ${(memory / 2 ** 20).toFixed(0)} MiB`;
}

function faultOfError(error: unknown, name: string): string | undefined {
  const text = textOf(error);
  const isTold = error instanceof FileError || error instanceof ArgumentError || error instanceof Refusal;
  if (!isTold) return `an error for programmers: ${text}`;
  if (UNTOLD.some((words) => words.test(text))) return `a message for programmers: ${text}`;
  return text.includes(name) ? undefined : `a message that does not name ${name}: ${text}`;
}

function textOf(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}

/** On Linux, begins anew to measure the most memory that the process has had. */
function forgetPeak(): void {
  try {
    writeFileSync("/proc/self/clear_refs", "5");
  } catch {
    // Elsewhere the peak is that of the whole life of the process.
  }
}

function peak(): number {
  try {
    return 1024 * Number(/VmHWM:\s*(\d+)/.exec(readFileSync("/proc/self/status", "utf8"))?.[1]);
  } catch {
    return 1024 * process.resourceUsage().maxRSS;
  }
}

/** Where a process works on its inputs. */
export function inputFolder(work: string, { name }: Pick<Kind, "name">, pid: number): string {
  return join(work, String(pid), `${name.replaceAll(/[^\w]+/g, "-")}-input`);
}

/** Where inputs at which a reader failed are kept. */
export function keptFolder(work: string): string {
  return join(work, "faults");
}

export async function keepInput(folder: string, work: string, kind: string, seed: number): Promise<void> {
  await cp(folder, join(keptFolder(work), `${kind.replaceAll(/[^\w]+/g, "-")}-${seed}`), { recursive: true });
}
