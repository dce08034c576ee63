import { type ChildProcess, fork } from "node:child_process";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { makeBase } from "./base.js";
import { inputFolder, keepInput, keptFolder, tryInput, type Verdict } from "./judge.js";
import type { Kind } from "./kind.js";
import { KINDS } from "./kinds.js";
import type { Report, Task } from "./worker.js";

/**
 * Mutated inputs of every kind that is read: none may crash or hang a reader, take a GiB of memory, or be refused
 * without its name. After `npm run build`:
 *
 *     node dist/bench/fuzz/main.js [inputs] [processes]     all kinds; by default 25,000 inputs, 2 processes
 *     node dist/bench/fuzz/main.js --one KIND SEED          one input, whose folder is kept
 *
 * Prints a Markdown table and every fault, and ends with 1 if there is one.
 */

/** Inputs that a process tries before another one takes its place. */
const TASK_SIZE = 250;

/** Milliseconds after which an input is taken to hang, whatever else the machine does. */
const PATIENCE = 60_000;

interface Fault {
  readonly kind: string;
  readonly seed: number;
  readonly problem: string;
}

interface Tally {
  inputs: number;
  accepted: number;
  slowest: number;
  largest: number;
}

async function main([first = "25000", ...rest]: readonly string[]): Promise<void> {
  const work = await mkdtemp(join(tmpdir(), "smoothcert-fuzz-"));
  const base = join(work, "base");
  await makeBase(base);
  if (first === "--one") return tryOne(rest[0], Number(rest[1]), base, work);
  const tasks = KINDS.flatMap((kind) => tasksOf(kind, Number(first)));
  const tallies = new Map(KINDS.map(({ name }) => [name, { inputs: 0, accepted: 0, slowest: 0, largest: 0 }]));
  const faults: Fault[] = [];
  const workers = Array.from({ length: Number(rest[0] ?? 2) }, async () => {
    for (let task = tasks.shift(); task !== undefined; task = tasks.shift())
      await runTask(task, base, work, tallies, faults);
  });
  await Promise.all(workers);
  print(tallies, faults);
  const left = (await readdir(work)).map((name) => join(work, name)).filter((path) => path !== keptFolder(work));
  for (const path of faults.length === 0 ? [work] : left) await rm(path, { recursive: true, force: true });
  if (faults.length > 0) console.log(`\nthese inputs are kept in ${keptFolder(work)}`);
}

function tasksOf({ name: kind, share }: Kind, inputs: number): Task[] {
  const count = Math.ceil((inputs * share) / 1000);
  return Array.from({ length: Math.ceil(count / TASK_SIZE) }, (_, i) => ({
    kind,
    from: i * TASK_SIZE,
    to: Math.min(count, (i + 1) * TASK_SIZE),
  }));
}

/** Runs a task in processes of its own: one, and another after each that crashed or had to be killed. */
async function runTask(
  task: Task,
  base: string,
  work: string,
  tallies: Map<string, Tally>,
  faults: Fault[],
): Promise<void> {
  const { kind, to } = task;
  for (let from = task.from; from < to; ) {
    const { next, problem, pid } = await runProcess({ kind, from, to }, base, work, (seed, verdict) => {
      count(tallies.get(kind)!, verdict);
      if (verdict.fault !== undefined) faults.push({ kind, seed, problem: verdict.fault });
    });
    from = next;
    if (problem === undefined) continue;
    faults.push({ kind, seed: next, problem });
    await keepInput(inputFolder(work, { name: kind }, pid), work, kind, next).catch(() => {});
    tallies.get(kind)!.inputs += 1;
    from += 1;
  }
}

function count(tally: Tally, { accepted, seconds, memory }: Verdict): void {
  tally.inputs += 1;
  tally.accepted += accepted ? 1 : 0;
  tally.slowest = Math.max(tally.slowest, seconds);
  tally.largest = Math.max(tally.largest, memory);
}

interface Ending {
  readonly pid: number;
  /** The seed that it was at. */
  readonly next: number;
  /** Why it ended before all was done. */
  readonly problem?: string;
}

function runProcess(
  task: Task,
  base: string,
  work: string,
  onVerdict: (seed: number, verdict: Verdict) => void,
): Promise<Ending> {
  return new Promise((resolve) => {
    const script = fileURLToPath(new URL("worker.js", import.meta.url));
    const child = fork(script, [base, work], { stdio: ["ignore", "ignore", "pipe", "ipc"] });
    let at = task.from;
    let words = "";
    let watchdog: NodeJS.Timeout | undefined;
    child.stderr!.on("data", (data) => {
      words = `${words}${data}`.slice(-500);
    });
    child.on("message", (report: Report) => {
      if (report === "ready") return void child.send(task);
      if ("done" in report) return onVerdict(report.done, report.verdict);
      clearTimeout(watchdog);
      at = report.begun;
      if (at === task.to) child.kill();
      else watchdog = watch(child);
    });
    child.on("exit", (code, signal) => {
      clearTimeout(watchdog);
      if (at === task.to) return resolve({ pid: child.pid!, next: at });
      const hung = signal === "SIGKILL" ? `hung for ${PATIENCE / 1000} s, or was killed for its memory` : undefined;
      resolve({
        pid: child.pid!,
        next: at,
        problem: hung ?? `crashed (code ${code}, signal ${signal}): ${words.trim()}`,
      });
    });
  });
}

function watch(child: ChildProcess): NodeJS.Timeout {
  return setTimeout(() => child.kill("SIGKILL"), PATIENCE);
}

async function tryOne(name: string, seed: number, base: string, work: string): Promise<void> {
  const kind = KINDS.find((each) => each.name === name);
  if (kind === undefined) throw new Error(`the kinds are: ${KINDS.map((each) => each.name).join("; ")}`);
  const folder = inputFolder(work, kind, process.pid);
  console.log(`${folder}\n${JSON.stringify(await tryInput(kind, seed, base, folder), undefined, 2)}`);
}

function print(tallies: ReadonlyMap<string, Tally>, faults: readonly Fault[]): void {
  console.log("| inputs | tried | accepted | refused | slowest (s of processor) | most memory (MiB) | faults |");
  console.log("| --- | --- | --- | --- | --- | --- | --- |");
  for (const [kind, tally] of tallies)
    console.log(row(kind, tally, faults.filter((fault) => fault.kind === kind).length));
  const all = [...tallies.values()].reduce((sum, tally) => ({
    inputs: sum.inputs + tally.inputs,
    accepted: sum.accepted + tally.accepted,
    slowest: Math.max(sum.slowest, tally.slowest),
    largest: Math.max(sum.largest, tally.largest),
  }));
  console.log(row("all", all, faults.length));
  for (const { kind, seed, problem } of faults) console.log(`\n--one '${kind}' ${seed}: ${problem.slice(0, 600)}`);
  process.exitCode = faults.length === 0 ? 0 : 1;
}

function row(kind: string, { inputs, accepted, slowest, largest }: Tally, faults: number): string {
  const memory = (largest / 2 ** 20).toFixed(0);
  return `| ${kind} | ${inputs} | ${accepted} | ${inputs - accepted} | ${slowest.toFixed(2)} | ${memory} | ${faults} |`;
}

await main(process.argv.slice(2));
