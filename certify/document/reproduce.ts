/** The command that makes a log again. */
import { lawOf, NOISES, shellWord } from "../../src/index.js";
import type { LogHeader } from "../log/header.js";
import { usualBound } from "../theorem/confidence-bound.js";
import { FIXED, type StopRule } from "../theorem/rule.js";

/** The command line of a header's settings; the model by its name, since its place is not recorded. */
export function reproduction(header: LogHeader): string {
  const { model, data, sigma, n0, n, alpha, familyAlpha, seed, skip, max, bound, interval, stop = FIXED } = header;
  const noise = lawOf(header.noise)?.noise ?? header.noise;
  const words = [
    `smoothcert certify ${shellWord(model.name)}`,
    `--data ${shellWord(data.name)}`,
    ...(data.split === "test" ? [] : [`--split ${data.split}`]),
    ...(data.labels === undefined ? [] : [`--labels ${data.labels.map((label) => label ?? "-").join(",")}`]),
    ...(noise === NOISES[0] ? [] : [`--noise ${noise}`]),
    `--sigma ${sigma}`,
    `--n0 ${n0}`,
    `--n ${n}`,
    familyAlpha === undefined ? `--alpha ${alpha}` : `--alpha ${familyAlpha} --simultaneous`,
    `--seed ${seed}`,
    ...(skip === 1 ? [] : [`--skip ${skip}`]),
    ...(max >= data.length ? [] : [`--max ${max}`]),
    ...(bound === "one-sided" ? [] : [`--bound ${bound}`]),
    ...(interval === usualBound(stop) ? [] : [`--interval ${interval}`]),
    ...(stop.kind === "fixed" ? [] : [`--stop ${ruleText(stop)}`]),
    ...(stop.kind === "radii" && stop.patience !== undefined ? [`--patience ${stop.patience}`] : []),
  ];
  return words.join(" ");
}

function ruleText(stop: StopRule): string {
  if (stop.kind === "radii") return `radii:${stop.radii.join(",")}`;
  return stop.kind === "precision" ? `precision:${stop.precision}` : stop.kind;
}
