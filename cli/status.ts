import { Command } from "commander";
import { planSchema, type QueueStatus } from "../certify/index.js";
import { print } from "./print.js";
import { existingQueues, planText, type QueueOptions, withQueueOption } from "./queue.js";

interface StatusOptions extends QueueOptions {
  readonly json?: true;
}

const HELP = `
Examples:
  smoothcert status --queue dir:/shared/queue
  SMOOTHCERT_QUEUE=redis://queue.example:6379 smoothcert status --json`;

/** `smoothcert status`: what is in a queue. */
export function statusCommand(): Command {
  return withQueueOption(new Command("status").description("show what is in a queue"))
    .optionsGroup("Output:")
    .option("--json", "print it as one JSON object")
    .addHelpText("after", HELP)
    .action(status);
}

const NOTHING: QueueStatus = { waiting: 0, active: 0, failed: 0, plans: [] };

async function status(options: StatusOptions): Promise<void> {
  const { certifications, sweeps } = await existingQueues(options);
  try {
    const { waiting, active, failed, plans } = (await certifications?.status()) ?? NOTHING;
    const known = plans.flatMap(({ plan, results }) => {
      const parsed = planSchema.safeParse(plan);
      return parsed.success ? [{ plan: parsed.data, results }] : [];
    });
    const { plans: _, ...models } = (await sweeps?.status()) ?? NOTHING;
    const name = certifications?.name ?? sweeps?.name;
    if (options.json) {
      const list = known.map(({ plan: { id, header }, results }) => ({ id, model: header.model.name, results }));
      print(JSON.stringify({ queue: name, waiting, active, failed, plans: list, models }));
      return;
    }
    print(`${name}: ${waiting} jobs waiting, ${active} under way, ${failed} given up and not yet collected`);
    print(`  of sweeps: ${models.waiting} models waiting, ${models.active} under way, ${models.failed} given up`);
    for (const { plan, results } of known) print(`  ${planText(plan)}: ${results} results not yet collected`);
  } finally {
    await certifications?.close();
    await sweeps?.close();
  }
}
