/** Checks of a log of ours by itself. */
import { counted } from "../../../src/text/counted.js";
import type { Finding } from "../../audit/finding.js";
import type { CheckDefinition, CheckResult } from "../check.js";
import type { Subject } from "../subject.js";

/** Findings that a check shows one by one. */
const SHOWN = 10;

/** A check that passes where the audit found nothing of its kind. */
export function withoutFindings(
  { audit }: Subject,
  concerns: (finding: Finding) => boolean,
  found: string,
): CheckResult | undefined {
  if (audit === undefined) return undefined;
  const wrong = audit.findings.filter(concerns);
  if (wrong.length === 0) return { outcome: "passed", found };
  const details = wrong.slice(0, SHOWN).map(sentenceOf);
  const more = wrong.length > SHOWN ? [`and ${wrong.length - SHOWN} more, which smoothcert audit lists`] : [];
  return { outcome: "failed", found: `${wrong.length} found wrong`, details: [...details, ...more] };
}

function sentenceOf({ in: place, idx, field, message }: Finding): string {
  const where = idx === undefined ? place : `image ${idx}`;
  return field === undefined ? `${where}: ${message}` : `${where}, ${field}: ${message}`;
}

/** Whether a finding on a row rests on more than the log: on the data's labels, or on votes drawn again. */
function isOfSources({ idx, field }: Finding, { audit }: Subject): boolean {
  if (field === "label") return audit?.dataChecked ?? false;
  return (field === "counts" || field === "counts0") && (audit?.redrawn.includes(idx as number) ?? false);
}

export const derivedAgain: CheckDefinition = {
  id: "derived-again",
  title: "Every certificate follows from its votes",
  explanation:
    "Class, bound and radius of each row are derived again from the votes in the log, by the theorem that the header " +
    "names, and compared to the last bit. It doesn't show that the votes were really drawn.",
  look: (subject) =>
    withoutFindings(
      subject,
      (finding) => finding.in === "row" && finding.field !== "check" && !isOfSources(finding, subject),
      `${subject.log.rows.length} derived again`,
    ),
};

export const sealed: CheckDefinition = {
  id: "sealed",
  title: "Header and rows match their checksums",
  explanation:
    "Checksums find damage and careless edits. Whoever changes a log on purpose can compute them anew, which is why " +
    "votes are drawn again.",
  look: (subject) => withoutFindings(subject, ({ field }) => field === "check", "all match"),
};

export const complete: CheckDefinition = {
  id: "complete",
  title: "Exactly the images of the header are there",
  explanation:
    "No image was left out and none added: the header says that every skip-th image below max is certified. A log " +
    "without its hard images would look better than the model is.",
  look: (subject) => withoutFindings(subject, ({ in: place }) => place === "rows", imagesText(subject)),
};

function imagesText({ log: { rows, header } }: Subject): string {
  if (header === undefined) return "";
  const every = header.skip === 1 ? "every one" : `every ${header.skip}th`;
  return `${counted(rows.length, "image")}, ${every} below ${header.max}`;
}

export const consistent: CheckDefinition = {
  id: "consistent",
  title: "The settings fit together",
  explanation:
    "alpha is that of every certificate (with --simultaneous, the family's divided by the images), n is enough for " +
    "it, and noise, norm and theorem belong together.",
  look: (subject) =>
    withoutFindings(subject, ({ in: place, field }) => place === "header" && field !== "check", levelsText(subject)),
};

function levelsText({ log: { header } }: Subject): string {
  return header === undefined ? "" : `alpha = ${header.alpha}, n0 = ${header.n0}, n = ${header.n} for all rows`;
}
