import { Command } from "commander";
import { auditForeignLog, readLog, readStoredHeader } from "../certify/index.js";
import { requireThat } from "../src/index.js";
import { counted } from "../src/text/counted.js";
import { foreignReportJson, foreignReportText } from "./audit-foreign.js";
import { auditOwn, type OwnAuditOptions, openSources, redrawn } from "./audit-own.js";
import { auditJson, auditText } from "./audit-report.js";
import { logAt } from "./log-at.js";
import { withClassifierOptions } from "./model-options.js";
import { integer, number } from "./options.js";
import { print, warn } from "./print.js";

interface AuditOptions extends OwnAuditOptions {
  readonly sigma?: number;
  readonly n?: number;
  readonly alpha?: number;
  readonly commonAlpha?: number;
  readonly json?: true;
}

const HELP = `
Logs of smoothcert: the log alone shows whether its header and rows match their
checksums, whether each class, bound and radius follows from the votes, and
whether exactly the images of its skip and max are there. --data also compares
the data's hash and labels. --model also compares the model's hash, and draws
the votes of some rows again: they must be exactly the same. The report names
these rows; all others rely on the votes in the log. If anything is wrong, the
exit code is 1.

Logs of other tools record no settings, but their radii lie on a lattice that
reveals them: the report says which n and alpha fit, which radii are impossible
or printed above the certified value, and what the curve is at a common alpha.

Examples:
  smoothcert audit runs/maxup/certify.tsv --model runs/maxup
  smoothcert audit runs/maxup/certify.tsv --model runs/maxup --redraw all
  smoothcert audit cifar10_resnet110_sigma0.25.tsv --sigma 0.25 --n 100000 --alpha 0.001`;

/** `smoothcert audit LOG`: derives a log's certificates again, ours exactly, other people's from their radii. */
export function auditCommand(): Command {
  const command = new Command("audit")
    .description("check a certification log: derive every radius again, and draw votes again")
    .argument("<log>", "a log of smoothcert with its header beside it, a run folder, or a log of another tool", logAt)
    .optionsGroup("Logs of smoothcert:")
    .option("--model <m>", "the certified model, to draw the votes of some images again")
    .option("--data <spec>", "the certified data; by default, with --model, those that it was trained on")
    .option("--redraw <k>", "how many images to draw again, chosen at random; or all", redrawn, 10);
  withStatedOptions(command);
  withClassifierOptions(command);
  return command
    .optionsGroup("Output:")
    .option("--json", "print everything as one JSON object")
    .addHelpText("after", HELP)
    .action(audit);
}

function withStatedOptions(command: Command): Command {
  return command
    .optionsGroup("Logs of other tools:")
    .option("--sigma <s>", "noise level, as stated", number("--sigma"))
    .option("--n <n>", "samples per image, as stated", integer("--n", 1))
    .option("--alpha <a>", "failure probability, as stated", number("--alpha"))
    .option("--common-alpha <a>", "alpha of the curve that is derived again", number("--common-alpha"), 0.001);
}

async function audit(file: string, options: AuditOptions): Promise<void> {
  const stored = await readStoredHeader(file);
  if (stored === undefined) return auditForeign(file, options);
  for (const name of ["sigma", "n", "alpha"] as const) {
    const rule = "left out, since the log's header records it";
    requireThat(options[name] === undefined, "audit", `--${name}`, rule, options[name]);
  }
  const own = await auditOwn(file, stored, await openSources(stored.header, options), options);
  print(options.json ? JSON.stringify(auditJson(own)) : auditText(own));
  if (own.findings.length > 0)
    throw new Error(`${file}: the audit found ${counted(own.findings.length, "thing")} wrong`);
}

async function auditForeign(file: string, options: AuditOptions): Promise<void> {
  const rule = "left out: the log has no header beside it that says which model it is about";
  requireThat(options.model === undefined, "audit", "--model", rule, options.model);
  const { rows, warnings } = await readLog(file);
  for (const warning of warnings) warn(warning);
  const report = auditForeignLog(rows, options);
  print(options.json ? JSON.stringify(foreignReportJson(file, report)) : foreignReportText(file, report));
}
