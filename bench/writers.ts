import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { CounterRandom, STREAM } from "smoothcert";
import { certifyJob, type Job, type Plan, runAlone, runPair, smallData, trainJob } from "./writer-pairs.js";

/**
 * Pairs of concurrent writers of one log or one run folder, started 0 to 2 s apart, in half of the pairs one of them
 * killed with SIGKILL; then one that completes the work. After `npm run build`:
 * node dist/bench/writers.js [pairs of each kind] [seed] [train or certify; by default both]
 */

/** The longest that a writer lives here before it is killed: about as long as it takes alone on two busy cores. */
const LIFE = 5000;

const [pairs = 100, seed = 0] = process.argv.slice(2, 4).map(Number);
const kinds = process.argv[4] ?? "train and certify";
const program = fileURLToPath(new URL("../cli/main.js", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "smoothcert-writers-"));
const data = await smallData(folder, 400);
let failed = 0;

const training = trainJob(data, 12);
const alone = join(folder, "alone");
const trained = await runAlone(program, training, alone);
if (kinds.includes("train")) await measure(training, trained);
const certification = certifyJob(join(alone, "run"), data, 500);
if (kinds.includes("certify")) {
  await measure(certification, await runAlone(program, certification, join(folder, "log")));
}
rmSync(folder, { recursive: true });
process.exitCode = failed === 0 ? 0 : 1;

async function measure(job: Job, expected: string): Promise<void> {
  const counts = new Map<string, number>();
  let bad = 0;
  for (let pair = 0; pair < pairs; pair++) {
    const place = join(folder, `${job.name}-${pair}`);
    const plan = planOf(job, pair);
    const { endings, problems } = await runPair(program, job, place, plan, expected);
    const kind = endings.join(", ");
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
    if (problems.length > 0) bad += 1;
    for (const problem of problems) console.log(`${job.name} ${pair} ${JSON.stringify(plan)} ${kind}: ${problem}`);
    rmSync(place, { recursive: true });
  }
  console.log(`${job.name}: ${pairs} pairs, first and second writer:`);
  for (const [kind, count] of [...counts].sort(([, a], [, b]) => b - a)) console.log(`  ${kind}: ${count}`);
  console.log(`  pairs with a problem: ${bad}`);
  failed += bad;
}

function planOf({ name }: Job, pair: number): Plan {
  const random = new CounterRandom({ seed, stream: STREAM.theory, example: pair, sample: name === "train" ? 0 : 1 });
  const delay = 2000 * random.uniform();
  const kill = { writer: random.uniform() < 0.5 ? 0 : 1, after: LIFE * random.uniform() } as const;
  return { delay, kill: random.uniform() < 0.5 ? kill : undefined };
}
