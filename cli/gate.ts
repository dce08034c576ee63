import { dirname, resolve } from "node:path";
import { Command } from "commander";
import {
  auditLog,
  baselinesOf,
  type Finding,
  type GateResult,
  type GateVerdict,
  judgeByPolicy,
  type PairedLog,
  parseLog,
  policySchema,
  readLogText,
  readStoredHeader,
} from "../certify/index.js";
import { checkJson, readJson } from "../src/files/json.js";
import { type OpenedLog, openAuditedLog, openWholeLog } from "./curve-logs.js";
import { ExitCode } from "./exit-code.js";
import { logAt } from "./log-at.js";
import { print } from "./print.js";

interface GateOptions {
  readonly policy: string;
  readonly json?: true;
}

/** The exit codes of the verdicts; 1, 2 and 130 are those of every command. */
const EXIT_CODES: Readonly<Record<GateVerdict, number>> = { GO: 0, "NO-GO": 3, INCONCLUSIVE: 4 };

const HELP = `
A policy is a JSON file (docs/report.md#the-gate has all of it):
  { "format": "smoothcert-policy", "version": 1, "confidence": 0.95,
    "requirements": [
      { "kind": "certified-accuracy", "radius": 0.5, "atLeast": 0.8 },
      { "kind": "no-regression", "baseline": "last.tsv", "radius": 0.5, "margin": 0.02 },
      { "kind": "settings", "sigma": 0.5, "alphaAtMost": 0.001 },
      { "kind": "audit" } ] }

A radius is an L2 radius unless the requirement says "norm": "l1"; a log or a baseline
whose radii are of another norm is an error.

GO            every requirement is shown to hold
NO-GO         one is shown not to hold
INCONCLUSIVE  the log can't tell: chance in the choice of images, images that a
              stopped run left undecided, or the rounding of the radii in another
              tool's log could turn the answer

If a requirement doesn't hold, GO has a probability of 1 - confidence at most; if
all hold, NO-GO does. Certified accuracy is that of all images that the test images
are drawn from, not of these alone; more images leave less inconclusive.

Exit codes: 0 GO, 3 NO-GO, 4 INCONCLUSIVE; 1, 2 and 130 as for every command.

Example:
  smoothcert gate runs/maxup/certify.tsv --policy policy.json`;

/** `smoothcert gate LOG`: whether a log shows what a policy requires, by its exit code. */
export function gateCommand(): Command {
  return new Command("gate")
    .description("decide by a policy whether a log passes: GO, NO-GO or INCONCLUSIVE, for continuous integration")
    .argument("<log>", "a log or a run folder, of smoothcert or another tool", logAt)
    .requiredOption("--policy <file>", "what the log must show (JSON)")
    .option("--json", "print everything as one JSON object")
    .addHelpText("after", HELP)
    .action(gate);
}

async function gate(file: string, { policy: path, json }: GateOptions): Promise<void> {
  const policy = checkJson(policySchema, await readJson(path, "a policy"), path);
  const isAudited = policy.requirements.some(({ kind }) => kind === "audit");
  const log = await (isAudited ? openAuditedLog(file) : openWholeLog(file));
  const findings = isAudited ? await findingsOf(log) : undefined;
  const baselines = new Map<string, PairedLog>();
  for (const name of baselinesOf(policy)) baselines.set(name, await openWholeLog(resolve(dirname(path), name)));
  const result = judgeByPolicy(policy, { ...log, findings, baselines });
  print(json ? JSON.stringify({ log: file, policy: path, ...result }) : gateText(log, result));
  const code = EXIT_CODES[result.verdict];
  if (code !== 0) throw new ExitCode(code);
}

/** What an audit of the log by itself finds; undefined for another tool's. */
async function findingsOf({ file, header }: OpenedLog): Promise<readonly Finding[] | undefined> {
  const stored = header && (await readStoredHeader(file));
  if (stored === undefined) return undefined;
  const text = await readLogText(file);
  return auditLog(text, parseLog(text, file), stored);
}

function gateText({ file }: OpenedLog, { verdict, judgements }: GateResult): string {
  const lines = judgements.map(({ verdict: one, required, found }) => [`  ${one}`, `${required}; ${found}`]);
  const list = lines.map(([one, text]) => `${one.padEnd(14)}  ${text}`).join("\n");
  return `${file}\n${list}\n${verdict}`;
}
