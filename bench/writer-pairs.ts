import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { loadDataset } from "smoothcert";

/** Pairs of processes that write the same log, or train in the same folder, at the same time. */

/** What one kind of writer does. */
export interface Job {
  readonly name: string;
  /** The words after `smoothcert` that write into this folder. */
  words(folder: string): readonly string[];
  /** What must be in the folder in the end: the same, whoever wrote it, however often it was stopped. */
  result(folder: string): string;
}

/** When what happens to a pair. */
export interface Plan {
  /** Milliseconds between the starts of both writers. */
  readonly delay: number;
  /** Which of them is killed with SIGKILL, if any, and how many milliseconds after its start. */
  readonly kill: { readonly writer: 0 | 1; readonly after: number } | undefined;
}

/** How a writer ended: with its work done, because another one has the lock, killed, or in none of these ways. */
export type Ending = "done" | "refused" | "killed" | "wrong";

export interface PairOutcome {
  readonly endings: readonly [Ending, Ending];
  /** What should not have happened; empty if all went well. */
  readonly problems: readonly string[];
}

/** Writes the first images of MNIST's test set as a data set that loads at once; returns its name for `--data`. */
export async function smallData(folder: string, count: number): Promise<string> {
  const mnist = await loadDataset("mnist", "test");
  const examples = Array.from({ length: count }, (_, i) => mnist.example(i));
  const idx = (dimensions: number[], bytes: number[]): Buffer => {
    const head = Buffer.from([0, 0, 8, dimensions.length, ...dimensions.flatMap((d) => [0, 0, d >> 8, d & 255])]);
    return Buffer.concat([head, Buffer.from(bytes)]);
  };
  const [images, labels] = [join(folder, "images"), join(folder, "labels")];
  writeFileSync(
    images,
    idx(
      [count, 28, 28],
      examples.flatMap(({ pixels }) => [...pixels]),
    ),
  );
  writeFileSync(
    labels,
    idx(
      [count],
      examples.map(({ label }) => label),
    ),
  );
  return `idx:${images},${labels}`;
}

/** Trains a linear model with many checkpoints. */
export function trainJob(data: string, epochs: number): Job {
  const settings = `--model linear --objective gaussian --warmup 0 --batch 8 --lr 0.02 --sigma 0.25 --engine wasm`;
  return {
    name: "train",
    words: (folder) => `train --data ${data} ${settings} --epochs ${epochs} --out ${join(folder, "run")}`.split(" "),
    result: (folder) => {
      const lines = readFileSync(join(folder, "run", "history.jsonl"), "utf8")
        .trimEnd()
        .split("\n");
      const epochsOf = lines.map((line) => JSON.parse(line) as { epoch: number; loss: number });
      const weights = readFileSync(join(folder, "run", "model", "weights.bin"), "base64");
      return JSON.stringify([epochsOf.map(({ epoch, loss }) => [epoch, loss]), weights]);
    },
  };
}

/** Certifies into a log with one row for each image. */
export function certifyJob(model: string, data: string, n: number): Job {
  const settings = `--n0 20 --threads 1 --batch-size 100 --alpha 0.01`;
  return {
    name: "certify",
    words: (folder) =>
      `certify ${model} --data ${data} ${settings} --n ${n} --out ${join(folder, "log.tsv")}`.split(" "),
    result: (folder) => {
      const lines = readFileSync(join(folder, "log.tsv"), "utf8").split("\n");
      const [time, check] = ["time", "check"].map((name) => lines[0].split("\t").indexOf(name));
      return lines
        .map((line) =>
          line
            .split("\t")
            .filter((_, i) => i !== time && i !== check)
            .join("\t"),
        )
        .join("\n");
    },
  };
}

/**
 * Runs two writers side by side as planned, then a third one to the end, and looks at what is left.
 *
 * @param program the built command line @param expected what {@link Job.result} is after an uninterrupted run
 */
export async function runPair(
  program: string,
  job: Job,
  folder: string,
  plan: Plan,
  expected: string,
): Promise<PairOutcome> {
  mkdirSync(folder);
  const first = new Writer(program, job.words(folder));
  if (plan.kill?.writer === 0) first.killAfter(plan.kill.after);
  await wait(plan.delay);
  const second = new Writer(program, job.words(folder));
  if (plan.kill?.writer === 1) second.killAfter(plan.kill.after);
  const endings = [await first.ending(second), await second.ending(first)] as const;
  const problems = [first, second].flatMap((writer, i) => (endings[i] === "wrong" ? [writer.story()] : []));
  if (endings.every((ending) => ending === "refused")) problems.push("each was refused because of the other");
  const last = new Writer(program, job.words(folder));
  if ((await last.ending(first)) !== "done") problems.push(`the last one: ${last.story()}`);
  else if (job.result(folder) !== expected) problems.push("the result is another than that of an uninterrupted run");
  const left = leftOf(folder);
  if (left.length > 0) problems.push(`left behind: ${left.join(" ")}`);
  return { endings, problems };
}

/** Runs one writer to the end, and returns what it has made. */
export async function runAlone(program: string, job: Job, folder: string): Promise<string> {
  mkdirSync(folder);
  const writer = new Writer(program, job.words(folder));
  if ((await writer.ending(writer)) !== "done") throw new Error(writer.story());
  return job.result(folder);
}

/** Locks and temporary files in a folder. */
function leftOf(folder: string): string[] {
  const names = readdirSync(folder, { recursive: true }) as string[];
  return names.filter((name) => /\.tmp|lock$/.test(name));
}

class Writer {
  readonly #child: ChildProcess;
  readonly #closed: Promise<unknown>;
  #errors = "";

  constructor(program: string, words: readonly string[]) {
    this.#child = spawn(process.execPath, [program, ...words], { stdio: ["ignore", "ignore", "pipe"] });
    this.#child.stderr?.on("data", (text) => {
      this.#errors += text;
    });
    this.#closed = once(this.#child, "close");
  }

  killAfter(milliseconds: number): void {
    setTimeout(() => this.#child.kill("SIGKILL"), milliseconds);
  }

  async ending(other: Writer): Promise<Ending> {
    await this.#closed;
    if (this.#child.signalCode === "SIGKILL") return "killed";
    if (this.#child.exitCode === 0) return "done";
    const line = new RegExp(`^error: [^\\n]* is being written by process ${other.#child.pid} since [^\\n]*\\n$`);
    return this.#child.exitCode === 1 && line.test(this.#errors) ? "refused" : "wrong";
  }

  story(): string {
    return `exit code ${this.#child.exitCode ?? this.#child.signalCode}: ${this.#errors}`;
  }
}
