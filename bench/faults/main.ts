import { type DisturbedRun, disturb, FAULTS } from "./harness.js";

/**
 * Faults at random moments while a queue on Redis is at work: node dist/bench/faults/main.js [FAULTS] [SEED], after
 * `npm run build`. A row for each certification, tab-separated; exit code 1 if any log differs from that of one
 * undisturbed process, or lacks a row.
 */

const [count = "200", seed = "1"] = process.argv.slice(2);
const row = (cells: readonly (string | number)[]): void => console.log(cells.join("\t"));
row(["seed", "jobs", ...FAULTS, "duplicates", "given up", "identical", "seconds"]);
let wrong = 0;
const totals = new Map<string, number>();
await disturb(Number(count), Number(seed), (run: DisturbedRun) => {
  const counts = FAULTS.map((fault) => run.faults.filter((each) => each === fault).length);
  for (const [i, fault] of FAULTS.entries()) totals.set(fault, (totals.get(fault) ?? 0) + counts[i]);
  if (!run.identical || run.failures > 0) wrong += 1;
  row([run.seed, run.jobs, ...counts, run.duplicates, run.failures, run.identical ? 1 : 0, run.seconds]);
});
console.error(`${[...totals].map(([fault, many]) => `${fault}: ${many}`).join(", ")}; ${wrong} logs differ`);
process.exitCode = wrong === 0 ? 0 : 1;
