import { Command, CommanderError } from "commander";
import { ArgumentError, InterruptedError } from "../src/errors.js";
import { attackCommand } from "./attack.js";
import { auditCommand } from "./audit.js";
import { certifyCommand } from "./certify.js";
import { curveCommand } from "./curve.js";
import { dataCommand } from "./data.js";
import { demoCommand } from "./demo.js";
import { engineCommand } from "./engine.js";
import { exportCommand } from "./export.js";
import { predictCommand } from "./predict.js";
import { note } from "./print.js";
import { quantizeCommand } from "./quantize.js";
import { taylorCommand } from "./taylor.js";
import { trainCommand } from "./train.js";
import { packageVersion } from "./version.js";

/** The exit codes other than 0: wrong arguments, failure, stopped by Ctrl-C. */
const USAGE = 2;
const FAILURE = 1;
const INTERRUPTED = 130;

/**
 * Runs a command line, the words after `smoothcert`.
 *
 * @returns the exit code; an error has been told on standard error, in one line unless `--debug` is among the words
 */
export async function runCommandLine(words: readonly string[]): Promise<number> {
  try {
    await program().parseAsync(words, { from: "user" });
    return 0;
  } catch (error) {
    return report(error, words.includes("--debug"));
  }
}

function program(): Command {
  const commands = [
    demoCommand(),
    trainCommand(),
    certifyCommand(),
    curveCommand(),
    auditCommand(),
    attackCommand(),
    predictCommand(),
    exportCommand(),
    quantizeCommand(),
    taylorCommand(),
    dataCommand(),
    engineCommand(),
  ];
  const main = new Command("smoothcert")
    .description("Train, certify and plot randomized-smoothing classifiers.")
    .version(packageVersion())
    .addHelpText(
      "after",
      `
Start with 'smoothcert demo'. Then, in the manner of:
  smoothcert train --data mnist --model lenet --objective maxup --copies 4 --sigma 0.5 --epochs 20 --out runs/maxup
  smoothcert certify runs/maxup --n 100000 --skip 20
  smoothcert curve runs/*/certify.tsv --out curve.svg

'smoothcert COMMAND --help' explains each command. --debug shows where an error came from.
Exit codes: 0 done, 1 failed, 2 wrong arguments, 130 stopped by Ctrl-C with everything saved.`,
    );
  for (const command of commands)
    main.addCommand(withOurErrors(command.option("--debug", "show where an error came from")));
  return withOurErrors(main);
}

/** Leaves the telling of errors, and the exit code, to {@link report}. */
function withOurErrors(command: Command): Command {
  return command.exitOverride().configureOutput({ outputError: () => {} });
}

/** Tells an error in one line (with its stack under --debug) and returns the exit code it asks for. */
function report(error: unknown, debug: boolean): number {
  if (error instanceof CommanderError && error.exitCode === 0) return 0;
  if (error instanceof CommanderError && error.code.startsWith("commander.help")) return USAGE;
  const message = error instanceof Error ? error.message : String(error);
  const line = message.replace(/\s*\n\s*/g, " ");
  const plain = error instanceof InterruptedError || line.startsWith("error: ");
  note(debug && error instanceof Error ? String(error.stack) : plain ? line : `error: ${line}`);
  if (error instanceof InterruptedError) return INTERRUPTED;
  if (error instanceof ArgumentError || error instanceof CommanderError) return USAGE;
  return FAILURE;
}
