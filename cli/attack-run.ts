import {
  ABSTAIN,
  Attacker,
  type AttackHeader,
  type AttackRow,
  type AttackSettings,
  attackRows,
  headerIdentity,
  type LogHeader,
  type LogRow,
  openAttack,
  requireAttackOf,
} from "../certify/index.js";
import { VERSION } from "../src/index.js";
import { counted } from "../src/text/counted.js";
import type { AttackSources } from "./attack-sources.js";
import { interruptible } from "./interrupt.js";
import { note } from "./print.js";
import { startProgress } from "./progress.js";

/** An attack on certificates: on which, how, and where its rows go. */
export interface AttackRun extends AttackSources {
  /** The certification log, */
  readonly file: string;
  /** its header, */
  readonly header: LogHeader;
  /** and the rows to attack; abstentions are skipped. */
  readonly rows: readonly LogRow[];
  readonly settings: AttackSettings;
  readonly out: string;
  /** The command that resumes after an interruption. */
  readonly resumeCommand: string;
}

/**
 * Attacks the certificates, and resumes an earlier run of the same settings.
 *
 * @returns the results, old and new @throws InterruptedError after Ctrl-C; the results so far are on disk
 */
export async function runAttack(run: AttackRun): Promise<readonly AttackRow[]> {
  const attacker = new Attacker(run.sampler, run.gradient, run.settings);
  const results = await openAttack(run.out, headerOf(run));
  try {
    requireAttackOf(run, results.rows, run.out);
    const done = new Set(results.rows.map(({ idx }) => idx));
    const certificates = run.rows.filter(({ predict }) => predict !== ABSTAIN);
    const remaining = certificates.filter(({ idx }) => !done.has(idx));
    announce(run, certificates.length, remaining.length);
    const rows = await attackRemaining(run, attacker, remaining, results.append);
    return [...results.rows, ...rows];
  } finally {
    results.close();
  }
}

function headerOf({ header, gradient, gradientModel, settings }: AttackRun): AttackHeader {
  const { steps, votes, alpha, seed } = settings;
  return {
    format: "smoothcert-attack",
    version: 1,
    smoothcert: VERSION,
    created: new Date().toISOString(),
    log: headerIdentity(header),
    gradient: gradient.name,
    gradientModel,
    copies: gradient.copies,
    steps,
    votes,
    alpha,
    seed,
  };
}

function announce({ sampler, dataset, gradient, settings, out }: AttackRun, total: number, remaining: number): void {
  const images = counted(total, "certificate");
  note(`Attacking ${images} of ${sampler.base.name} (${sampler.base.runtime}) on ${dataset.name} ${dataset.split}`);
  const steps = `${settings.steps} steps, ${gradient.copies} noisy copies per gradient`;
  note(`  gradients of the ${gradient.name}, ${steps}; ${settings.votes} votes per test`);
  if (total === 0) note("  no image of the log is certified: there is nothing to attack");
  else if (remaining === 0) note(`  all of them are in ${out} already: nothing is left to do`);
  else if (remaining < total) note(`  ${total - remaining} of them are in ${out} already`);
}

async function attackRemaining(
  run: AttackRun,
  attacker: Attacker,
  remaining: readonly LogRow[],
  append: (row: AttackRow) => void,
): Promise<readonly AttackRow[]> {
  const rows: AttackRow[] = [];
  if (remaining.length === 0) return rows;
  const progress = startProgress("attack", remaining.length, "images");
  const attack = async (signal: AbortSignal): Promise<void> => {
    for await (const row of attackRows(attacker, run.dataset, remaining, { signal })) {
      append(row);
      rows.push(row);
      progress.update(rows.length, `${rows.filter(({ broken }) => broken).length} broken`);
    }
  };
  try {
    await interruptible(
      attack,
      () => `stopped after attacking ${counted(rows.length, "more image")}. Resume with: ${run.resumeCommand}`,
    );
    return rows;
  } finally {
    progress.stop();
  }
}
