import { Command, CommanderError } from "commander";
import { ArgumentError, InterruptedError } from "../src/errors.js";
import { VERSION } from "../src/version.js";
import { attackCommand } from "./attack.js";
import { auditCommand } from "./audit.js";
import { certifyCommand } from "./certify.js";
import { compareCommand } from "./compare.js";
import { curveCommand } from "./curve.js";
import { dataCommand } from "./data.js";
import { demoCommand } from "./demo.js";
import { engineCommand } from "./engine.js";
import { evaluateCommand } from "./evaluate.js";
import { ExitCode } from "./exit-code.js";
import { exportCommand } from "./export.js";
import { gateCommand } from "./gate.js";
import { HELP_STYLE, helpWidth } from "./help.js";
import { predictCommand } from "./predict.js";
import { note } from "./print.js";
import { quantizeCommand } from "./quantize.js";
import { removedOption } from "./removed-options.js";
import { reportCommand } from "./report.js";
import { sweepCommand } from "./sweep.js";
import { taylorCommand } from "./taylor.js";
import { trainCommand } from "./train.js";

/** The exit codes other than 0: wrong arguments, failure, stopped by Ctrl-C. */
const USAGE = 2;
const FAILURE = 1;
const INTERRUPTED = 130;

/**
 * Runs a command line, the words after `smoothcert`.
 *
 * @returns the exit code; errors are reported on standard error, in one line unless `--debug` is among the words
 */
export async function runCommandLine(words: readonly string[]): Promise<number> {
  try {
    await program().parseAsync(words, { from: "user" });
    return 0;
  } catch (error) {
    return report(error, words);
  }
}

const HELP = `
Start with 'smoothcert demo'. Then, for example:
  smoothcert train --data mnist --objective maxup --copies 4 --sigma 0.5 --out runs/maxup
  smoothcert certify runs/maxup --n 100000 --skip 20
  smoothcert curve runs/*/certify.tsv --out curve.svg

'smoothcert COMMAND --help' explains a command, with examples. --debug shows
where an error came from.
Exit codes: 0 done, 1 failed, 2 wrong arguments, 130 stopped by Ctrl-C with
everything saved.`;

/** The commands, under the headings of the help. */
function commands(): [heading: string, commands: Command[]][] {
  return [
    ["From data to certificates:", [demoCommand(), trainCommand(), certifyCommand(), curveCommand(), sweepCommand()]],
    [
      "Checks and measurements:",
      [
        evaluateCommand(),
        compareCommand(),
        reportCommand(),
        gateCommand(),
        auditCommand(),
        attackCommand(),
        taylorCommand(),
      ],
    ],
    ["Using a model:", [predictCommand(), exportCommand(), quantizeCommand()]],
    ["Data and engines:", [dataCommand(), engineCommand()]],
  ];
}

function program(): Command {
  const main = new Command("smoothcert")
    .description("Train, certify and plot randomized-smoothing classifiers.")
    .version(VERSION, "-V, --version", "show the version")
    .helpOption("-h, --help", "show this help")
    .configureHelp(HELP_STYLE)
    .addHelpText("after", HELP);
  for (const [heading, group] of commands()) {
    main.commandsGroup(heading);
    for (const command of group) main.addCommand(finish(command));
  }
  return withOurErrors(main.commandsGroup("Help:").helpCommand("help [command]", "show the help of a command"));
}

/** Adds what all commands have, to those below it too. */
function finish(command: Command): Command {
  command
    .configureHelp(HELP_STYLE)
    .optionsGroup("Other options:")
    .option("--debug", "show where an error came from")
    .helpOption("-h, --help", "show this help");
  command.commands.forEach(finish);
  return withOurErrors(command);
}

/** Leaves the reporting of errors, and the exit code, to {@link report}. */
function withOurErrors(command: Command): Command {
  return command.exitOverride().configureOutput({
    outputError: () => {},
    getOutHelpWidth: () => helpWidth(process.stdout),
    getErrHelpWidth: () => helpWidth(process.stderr),
  });
}

/** Reports an error in one line (with its stack under --debug) and returns the exit code. */
function report(error: unknown, words: readonly string[]): number {
  if (error instanceof ExitCode) return error.code;
  if (error instanceof CommanderError && error.exitCode === 0) return 0;
  if (error instanceof CommanderError && error.code.startsWith("commander.help")) return USAGE;
  const line = messageOf(error, words).replace(/\s*\n\s*/g, " ");
  const plain = error instanceof InterruptedError || line.startsWith("error: ");
  const debug = words.includes("--debug") && error instanceof Error;
  note(debug ? String(error.stack) : plain ? line : `error: ${line}`);
  if (error instanceof InterruptedError) return INTERRUPTED;
  if (error instanceof ArgumentError || error instanceof CommanderError) return USAGE;
  return FAILURE;
}

function messageOf(error: unknown, [command]: readonly string[]): string {
  if (!(error instanceof Error)) return String(error);
  const unknown = error instanceof CommanderError && /^error: unknown option '([^']*)'/.exec(error.message);
  return (unknown && removedOption(command, unknown[1])) || error.message;
}
