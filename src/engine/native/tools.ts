import { spawn } from "node:child_process";
import { statfs } from "node:fs/promises";
import { dirname, join } from "node:path";
import { EngineError, InterruptedError } from "../../errors.js";

/** The programs of other people that the installation runs, and how. */

export interface RunOptions {
  readonly cwd?: string;
  /** Added to the environment of this process. */
  readonly env?: Readonly<Record<string, string>>;
  /** Stops the program. */
  readonly signal?: AbortSignal | undefined;
  /** Shows what the program prints, on standard error, where that is a terminal: its own progress bar. */
  readonly show?: boolean;
}

/**
 * Runs a program to its end and returns what it printed.
 *
 * @throws EngineError if it cannot be started or fails, with its last words
 * @throws InterruptedError if the signal stopped it
 */
export type Runner = (command: string, args: readonly string[], options?: RunOptions) => Promise<string>;

/** What the installation needs of the machine; tests hand in their own. */
export interface Machine {
  readonly run: Runner;
  /** Bytes that may still be written to the file system of a folder. */
  freeBytes(folder: string): Promise<number>;
  readonly platform: string;
  readonly arch: string;
}

/** What is said where Ctrl-C stopped an installation. */
export const STOPPED = "engine install: stopped; nothing was installed. The same command starts again";

export const runProgram: Runner = (command, args, options = {}) =>
  new Promise((resolve, reject) => {
    const { cwd, env, signal, show } = options;
    const visible = show === true && process.stderr.isTTY;
    const child = spawn(command, args, {
      ...(cwd === undefined ? {} : { cwd }),
      ...(signal === undefined ? {} : { signal }),
      env: { ...process.env, ...env },
      // Windows has npm as a script of its shell.
      shell: process.platform === "win32" && command === "npm",
      stdio: visible ? ["ignore", 2, 2] : ["ignore", "pipe", "pipe"],
    });
    const said = { out: "", all: "" };
    child.stdout?.on("data", (chunk) => {
      said.out += chunk;
      said.all += chunk;
    });
    child.stderr?.on("data", (chunk) => (said.all += chunk));
    child.on("error", (error: NodeJS.ErrnoException) => {
      if (error.name === "AbortError") reject(new InterruptedError(STOPPED));
      else reject(new EngineError(`${command} cannot be started: ${error.message}`, { cause: error }));
    });
    child.on("close", (code, killer) => {
      if (code === 0) resolve(said.out);
      else if (signal?.aborted || killer === "SIGINT") reject(new InterruptedError(STOPPED));
      else
        reject(
          new EngineError(
            `${command} ${args[0] ?? ""} failed (${killer ?? `exit code ${code}`})${lastWords(said.all)}`,
          ),
        );
    });
  });

/** The end of what a program printed, in one line. */
function lastWords(text: string): string {
  const lines = text.trim().split("\n").slice(-6);
  const line = lines.map((part) => part.trim()).join(" | ");
  return line === "" ? "" : `: ${line.slice(-600)}`;
}

export const THIS_MACHINE: Machine = {
  run: runProgram,
  freeBytes: async (folder) => {
    const { bavail, bsize } = await statfs(folder);
    return bavail * bsize;
  },
  platform: process.platform,
  arch: process.arch,
};

/** A program that must be there, the arguments of a harmless call of it, and how to get it. */
interface Needed {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly install: string;
}

/** The C++ compiler: `CXX`, else g++. */
export const COMPILER: string = process.env.CXX || "g++";

/** The compiler's arguments for a module of Node's, with the headers that lie under `node_modules` of `folder`. */
export function moduleArguments(folder: string): string[] {
  const headers = join(folder, "node_modules", "node-api-headers", "include");
  return ["-shared", "-fPIC", "-O2", "-std=c++17", "-DNAPI_VERSION=8", "-I", headers];
}

const COMPILING: readonly Needed[] = [
  { name: "npm", command: "npm", args: ["--version"], install: "comes with Node.js (Debian, Ubuntu: apt install npm)" },
  { name: "tar", command: "tar", args: ["--version"], install: "apt install tar" },
  {
    name: COMPILER,
    command: COMPILER,
    args: ["--version"],
    install: "apt install g++ (Debian, Ubuntu), dnf install gcc-c++ (Fedora, RHEL)",
  },
];
const DOWNLOADING: readonly Needed[] = [
  { name: "python3", command: "python3", args: ["--version"], install: "apt install python3" },
  { name: "pip of python3", command: "python3", args: ["-m", "pip", "--version"], install: "apt install python3-pip" },
];

/**
 * @param downloading whether Python packages will be downloaded
 * @param meanwhile what holds until the programs are there, for the message
 * @throws EngineError naming every program that is missing and how to install it
 */
export async function requirePrograms(run: Runner, downloading: boolean, meanwhile: string): Promise<void> {
  const missing: string[] = [];
  for (const { name, command, args, install } of [...COMPILING, ...(downloading ? DOWNLOADING : [])]) {
    await run(command, args).catch((error) => {
      if (error instanceof InterruptedError) throw error;
      missing.push(`${name} (${install})`);
    });
  }
  if (missing.length === 0) return;
  throw new EngineError(
    `engine install: missing on this machine: ${missing.join("; ")}. ` +
      `Install what is missing and run the command again; ${meanwhile}`,
  );
}

/** @throws EngineError where a disk has less room than an installation needs while it is made */
export async function requireSpace({ freeBytes }: Machine, staging: string, needed: number): Promise<void> {
  const free = await freeBytes(staging);
  if (free >= needed) return;
  throw new EngineError(
    `engine install: needs ${gigabytes(needed)} GB on the disk of ${dirname(staging)}, ` +
      `${gigabytes(free)} GB are free. ` +
      "Make room, or name a folder on another disk in the environment variable SMOOTHCERT_CACHE",
  );
}

function gigabytes(bytes: number): string {
  return (bytes / 1e9).toFixed(1);
}
