import { Command } from "commander";
import { planSchema } from "../certify/index.js";
import { print } from "./print.js";
import { openQueue, planText, type QueueOptions, requireQueueFolder, withQueueOption } from "./queue.js";

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

async function status(options: StatusOptions): Promise<void> {
  requireQueueFolder(options);
  const [queue, sweeps] = [await openQueue(options), await openQueue(options, "sweeps")];
  try {
    const { waiting, active, failed, plans } = await queue.status();
    const known = plans.flatMap(({ plan, results }) => {
      const parsed = planSchema.safeParse(plan);
      return parsed.success ? [{ plan: parsed.data, results }] : [];
    });
    const { plans: _, ...models } = await sweeps.status();
    if (options.json) {
      const list = known.map(({ plan: { id, header }, results }) => ({ id, model: header.model.name, results }));
      print(JSON.stringify({ queue: queue.name, waiting, active, failed, plans: list, models }));
      return;
    }
    print(`${queue.name}: ${waiting} jobs waiting, ${active} under way, ${failed} given up and not yet collected`);
    print(`  of sweeps: ${models.waiting} models waiting, ${models.active} under way, ${models.failed} given up`);
    for (const { plan, results } of known) print(`  ${planText(plan)}: ${results} results not yet collected`);
  } finally {
    await queue.close();
    await sweeps.close();
  }
}
