import { Command, CommanderError } from "commander";
import { ArgumentError, IncompleteError, InterruptedError, RequeueError } from "../src/errors.js";
import { VERSION } from "../src/version.js";
import { ExitCode } from "./exit-code.js";
import { HELP_STYLE, helpWidth } from "./help.js";
import { note } from "./print.js";
import { removedOption } from "./removed-options.js";

/** The exit codes other than 0: wrong arguments, failure, parts missing, to be run again, stopped by Ctrl-C. */
const USAGE = 2;
const FAILURE = 1;
const INCOMPLETE = 3;
const REQUEUE = 75;
const INTERRUPTED = 130;

/**
 * Runs a command line, the words after `smoothcert`.
 *
 * @returns the exit code; errors are reported on standard error, in one line unless `--debug` is among the words
 */
export async function runCommandLine(words: readonly string[]): Promise<number> {
  try {
    await (await program(words)).parseAsync(asked(words), { from: "user" });
    return 0;
  } catch (error) {
    return report(error, words);
  }
}

/** Help for a command that there isn't is a wrong command: it is reported as one, with the nearest name. */
function asked(words: readonly string[]): readonly string[] {
  const [first, second = "-"] = words;
  return first === "help" && !second.startsWith("-") && !isCommand(second) ? words.slice(1) : words;
}

const HELP = `
Start with 'smoothcert demo'. Then, for example:
  smoothcert train --data mnist --objective maxup --copies 4 --sigma 0.5 --out runs/maxup
  smoothcert certify runs/maxup --n 100000 --skip 20
  smoothcert curve runs/*/certify.tsv --out curve.svg

'smoothcert COMMAND --help' explains a command, with examples. --debug shows
where an error came from.
Exit codes: 0 done, 1 failed, 2 wrong arguments, 75 stopped by a scheduler and to
be run again, 130 stopped by Ctrl-C: checkpoints and the rows so far are kept.
merge: 3 if parts are missing. gate: 3 for NO-GO, 4 for INCONCLUSIVE.`;

/** The commands under the headings of the help. Each is loaded where it is asked for: together they take a second. */
const COMMANDS: Readonly<Record<string, Readonly<Record<string, () => Promise<Command>>>>> = {
  "From data to certificates:": {
    demo: async () => (await import("./demo.js")).demoCommand(),
    train: async () => (await import("./train.js")).trainCommand(),
    certify: async () => (await import("./certify.js")).certifyCommand(),
    curve: async () => (await import("./curve.js")).curveCommand(),
    sweep: async () => (await import("./sweep.js")).sweepCommand(),
  },
  "Checks and measurements:": {
    evaluate: async () => (await import("./evaluate.js")).evaluateCommand(),
    compare: async () => (await import("./compare.js")).compareCommand(),
    audit: async () => (await import("./audit.js")).auditCommand(),
    attack: async () => (await import("./attack.js")).attackCommand(),
    report: async () => (await import("./report.js")).reportCommand(),
    card: async () => (await import("./card.js")).cardCommand(),
    gate: async () => (await import("./gate.js")).gateCommand(),
    taylor: async () => (await import("./taylor.js")).taylorCommand(),
  },
  "Many machines:": {
    merge: async () => (await import("./merge.js")).mergeCommand(),
    submit: async () => (await import("./submit.js")).submitCommand(),
    worker: async () => (await import("./worker.js")).workerCommand(),
    status: async () => (await import("./status.js")).statusCommand(),
  },
  "Using a model:": {
    predict: async () => (await import("./predict.js")).predictCommand(),
    serve: async () => (await import("./serve.js")).serveCommand(),
    export: async () => (await import("./export.js")).exportCommand(),
    quantize: async () => (await import("./quantize.js")).quantizeCommand(),
  },
  "Language models:": {
    "train-lm": async () => (await import("./train-lm.js")).trainLmCommand(),
    "evaluate-lm": async () => (await import("./evaluate-lm.js")).evaluateLmCommand(),
    generate: async () => (await import("./generate.js")).generateCommand(),
  },
  "Data and engines:": {
    data: async () => (await import("./data.js")).dataCommand(),
    engine: async () => (await import("./engine.js")).engineCommand(),
    doctor: async () => (await import("./doctor.js")).doctorCommand(),
    completion: async () => (await import("./completion.js")).completionCommand(() => program([])),
  },
};

function isCommand(name: string): boolean {
  return Object.values(COMMANDS).some((group) => Object.hasOwn(group, name));
}

const VERSION_FLAGS = ["-V", "--version"];

/**
 * The commands that these words may need: the one that they begin with, none for the version, or all, for the help and
 * for a wrong name.
 */
async function commandsFor([first, second = ""]: readonly string[]): Promise<[heading: string, Command[]][]> {
  const name = first === "help" ? second : (first ?? "");
  const known = VERSION_FLAGS.includes(name) || isCommand(name);
  return Promise.all(
    Object.entries(COMMANDS).map(async ([heading, group]) => {
      const wanted = Object.entries(group).filter(([each]) => !known || each === name);
      return [heading, await Promise.all(wanted.map(([, load]) => load()))] as [string, Command[]];
    }),
  );
}

/** The commands that a command line may need, ready to parse it. Throws commander's errors; prints only help. */
export async function program(words: readonly string[]): Promise<Command> {
  const main = new Command("smoothcert")
    .description("Train, certify and plot randomized-smoothing classifiers.")
    .version(VERSION, VERSION_FLAGS.join(", "), "show the version")
    .helpOption("-h, --help", "show this help")
    .configureHelp(HELP_STYLE)
    .addHelpText("after", HELP);
  for (const [heading, group] of await commandsFor(words)) {
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
  const stopped = error instanceof InterruptedError || error instanceof RequeueError;
  const plain = stopped || line.startsWith("error: ");
  const debug = words.includes("--debug") && error instanceof Error;
  note(debug ? String(error.stack) : plain ? line : `error: ${line}`);
  if (error instanceof InterruptedError) return INTERRUPTED;
  if (error instanceof RequeueError) return REQUEUE;
  if (error instanceof IncompleteError) return INCOMPLETE;
  if (error instanceof ArgumentError || error instanceof CommanderError) return USAGE;
  return FAILURE;
}

function messageOf(error: unknown, [command]: readonly string[]): string {
  if (!(error instanceof Error)) return String(error);
  const unknown = error instanceof CommanderError && /^error: unknown option '([^']*)'/.exec(error.message);
  return (unknown && removedOption(command, unknown[1])) || error.message;
}
