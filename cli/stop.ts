import { type RadiusOutcomes, STOP_KINDS, type StopRule, type StopSummary } from "../certify/index.js";
import { ArgumentError, show } from "../src/index.js";
import { parseNumber, parseNumberList } from "./options.js";
import { counted, floorTo, table } from "./print.js";

/** The rule `--stop` names, in a command line and in what is printed. */

const WRITTEN = "fixed, radii LIST (such as radii 0,0.25,0.5) or precision X";

/**
 * A commander option parser that collects the words of `--stop radii 0,0.25,0.5`, `--stop precision 0.01` or `--stop fixed`; a colon may join two words.
 * {@link stopRule} makes a rule of them.
 */
export function stopWords(text: string, before: readonly string[] = []): string[] {
  const words = [...before, ...text.split(":")];
  const [kind] = words;
  if (!STOP_KINDS.some((known) => known === kind)) {
    throw new ArgumentError(`--stop must be ${WRITTEN}, got ${show(kind)}`, "--stop", kind);
  }
  const most = kind === "fixed" ? 1 : 2;
  if (words.length > most) {
    const surplus = words[most];
    const hint = "If that is the model, write it before --stop";
    throw new ArgumentError(`--stop ${kind} must be ${WRITTEN}, got ${show(surplus)} too. ${hint}`, "--stop", surplus);
  }
  return words;
}

/** The rule that words of {@link stopWords} name. @throws ArgumentError if a list or a number is missing or is none */
export function stopRule([kind, value]: readonly string[]): StopRule {
  if (kind === "fixed") return { kind };
  if (value === undefined) {
    throw new ArgumentError(`--stop must be ${WRITTEN}, got ${show(kind)} alone`, "--stop", kind);
  }
  if (kind === "radii") return { kind, radii: parseNumberList(value, "--stop radii") };
  return { kind: "precision", precision: parseNumber(value, "--stop precision") };
}

/** What stops a run, as a part of a sentence. */
export function stopText(rule: StopRule): string {
  if (rule.kind === "radii")
    return `stopped once it is known which of the radii ${rule.radii.join(", ")} are certified`;
  if (rule.kind === "precision") return `stopped within ${rule.precision} of the radius of all n`;
  return "none stopped earlier";
}

/** What stopping saved and left open, for a person. */
export function stopReport({ spent, cap, outcomes }: StopSummary): string {
  const factor = floorTo(cap / spent, 1);
  const lines = [`samples: ${spent} of ${cap} (${factor} times fewer)`];
  if (outcomes.length === 0) return lines[0];
  const row = (name: string, value: (outcome: RadiusOutcomes) => number): string[] => [
    name,
    ...outcomes.map((outcome) => String(value(outcome))),
  ];
  const undecided = outcomes.reduce((sum, outcome) => sum + outcome.undecided, 0);
  return [
    ...lines,
    table([
      row("L2 radius", ({ radius }) => radius),
      row("certified (any class)", ({ certified }) => certified),
      row("known not to be certifiable", ({ refuted }) => refuted),
      row("undecided", ({ undecided }) => undecided),
      row("  of these, of the right class", ({ undecidedRight }) => undecidedRight),
    ]),
    undecided === 0
      ? "every radius is decided for every image"
      : `${counted(undecided, "pair")} of image and radius undecided, counted as not certified`,
  ].join("\n");
}
