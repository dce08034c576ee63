import { inputFolder, keepInput, tryInput, type Verdict } from "./judge.js";
import { KINDS } from "./kinds.js";

/** Inputs of one kind to be tried, from one seed up to another (left out). */
export interface Task {
  readonly kind: string;
  readonly from: number;
  readonly to: number;
}

/** What a process says: that it has loaded, which input it begins with, and what became of it. */
export type Report = "ready" | { readonly begun: number } | { readonly done: number; readonly verdict: Verdict };

const [base, work] = process.argv.slice(2);
// The warnings of libraries are of no interest here.
console.warn = () => {};

process.send!("ready" satisfies Report);

process.on("message", async ({ kind: name, from, to }: Task) => {
  const kind = KINDS.find((each) => each.name === name)!;
  for (let seed = from; seed < to; seed++) {
    process.send!({ begun: seed } satisfies Report);
    const folder = inputFolder(work, kind, process.pid);
    const verdict = await tryInput(kind, seed, base, folder);
    if (verdict.fault !== undefined) await keepInput(folder, work, name, seed);
    process.send!({ done: seed, verdict } satisfies Report);
  }
  process.send!({ begun: to } satisfies Report);
});
