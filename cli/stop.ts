import { FIXED, type RadiusOutcomes, type StopRule, type StopSummary } from "../certify/index.js";
import { ArgumentError, floorTo, type Norm, normName, show } from "../src/index.js";
import { counted } from "../src/text/counted.js";
import { parseNumber, parseNumberList } from "./options.js";
import { table } from "./print.js";

/** The rule that `--stop` names, on the command line and in what is printed. */

/**
 * A commander option parser for `fixed`, `radii:0,0.25,0.5` and `precision:0.01`.
 *
 * @throws ArgumentError for anything else
 */
export function stopRule(text: string): StopRule {
  const colon = text.indexOf(":");
  const [kind, value] = colon < 0 ? [text, ""] : [text.slice(0, colon), text.slice(colon + 1)];
  if (text === "fixed") return FIXED;
  if (kind === "radii" && value !== "") return { kind, radii: parseNumberList(value, "each radius of --stop") };
  if (kind === "precision" && value !== "") return { kind, precision: parseNumber(value, "the precision of --stop") };
  const message = `--stop must be fixed, radii:LIST (such as radii:0,0.25,0.5) or precision:X, got ${show(text)}`;
  throw new ArgumentError(`${message}. Write the rule as one word, with a colon`, "--stop", text);
}

/** The rule of `--stop`, with `--patience` where it is given. @throws ArgumentError where the rule has none */
export function withPatience(stop: StopRule, patience: number | undefined): StopRule {
  if (patience === undefined) return stop;
  if (stop.kind === "radii") return { ...stop, patience };
  const message = `--patience is how long --stop radii:LIST goes on; there is none with --stop ${stop.kind}`;
  throw new ArgumentError(`${message}. Name the radii to decide, or leave --patience out`, "--patience", patience);
}

/** What stopping saved and left open, for a person. */
export function stopReport({ spent, cap, outcomes }: StopSummary, norm: Norm): string {
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
      row(`${normName(norm)} radius`, ({ radius }) => radius),
      row("certified (any class)", ({ certified }) => certified),
      row("known not to be certifiable", ({ refuted }) => refuted),
      row("undecided", ({ undecided }) => undecided),
      row("  of these, of the right class", ({ undecidedRight }) => undecidedRight),
    ]),
    undecided === 0
      ? "every radius is decided for every image"
      : `${counted(undecided, "pair")} of image and radius undecided, which count as not certified`,
  ].join("\n");
}
