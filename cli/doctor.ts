import { Command } from "commander";
import { counted } from "../src/text/counted.js";
import { VERSION } from "../src/version.js";
import { certificationFindings, trainingFindings } from "./doctor-engines.js";
import type { Finding } from "./doctor-finding.js";
import { machineFindings } from "./doctor-machine.js";
import { packageFindings } from "./doctor-packages.js";
import { ExitCode } from "./exit-code.js";
import { print } from "./print.js";

const HELP = `
Each line says ok, optional (it is not there, and one feature would need it) or
problem (it is broken, and most commands need it), with a command that fixes it.
Nothing is installed, and the network is not used.
If there is a problem, the exit code is 1.

Examples:
  smoothcert doctor
  smoothcert doctor --json`;

/** `smoothcert doctor`: what this machine has, and what is missing for which feature. */
export function doctorCommand(): Command {
  return new Command("doctor")
    .description("look at what this machine has, what is missing for which feature, and how to get it")
    .option("--json", "print one JSON object")
    .addHelpText("after", HELP)
    .action(async ({ json }: { readonly json?: true }) => {
      const findings = await allFindings();
      const problems = findings.filter(({ state }) => state === "problem").length;
      print(json ? JSON.stringify({ version: VERSION, problems, findings }) : report(findings, problems));
      if (problems > 0) throw new ExitCode(1);
    });
}

/** One after the other: each has the machine for itself. */
async function allFindings(): Promise<Finding[]> {
  return [
    ...(await machineFindings()),
    ...(await certificationFindings()),
    ...(await trainingFindings()),
    ...(await packageFindings()),
  ];
}

/** The findings under the headings of their groups, and what they come to. */
export function report(findings: readonly Finding[], problems: number): string {
  const width = Math.max(...findings.map(({ name }) => name.length));
  const lines = findings.flatMap((finding, i) => [
    ...(finding.group === findings[i - 1]?.group ? [] : [`${finding.group}:`]),
    ...linesOf(finding, width),
  ]);
  const verdict = problems === 0 ? "Everything that is needed is here." : `${counted(problems, "problem")}: see above.`;
  return [`smoothcert ${VERSION}`, ...lines, verdict].join("\n");
}

function linesOf({ name, state, text, mend }: Finding, width: number): string[] {
  const line = `  ${state.padEnd(8)}  ${name.padEnd(width)}  ${text}`;
  return mend === undefined ? [line] : [line, `${" ".repeat(width + 14)}> ${mend}`];
}
