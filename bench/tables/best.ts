import { speaksAt } from "../../certify/report/log-summary.js";
import { markdownTable } from "../../src/text/markdown-table.js";
import { accuraciesOf, type Spread } from "./accuracies.js";
import { certifiedText } from "./markdown.js";
import type { Group } from "./models.js";

/** A method's best at each radius over the noise levels and the options that it was trained with, as papers show it. */

interface Best {
  readonly certified: Spread;
  readonly group: Group;
}

/**
 * A row for each method, with its best mean at each radius and whose that is. A group counts at the radii that its
 * certifications decided.
 */
export function bestTable(groups: readonly Group[], radii: readonly number[]): string {
  const methods = [...new Set(groups.map(methodOf))];
  const rows = methods.map((method) => {
    const own = groups.filter((group) => methodOf(group) === method);
    return [method, ...radii.map((radius) => cell(bestAt(own, radius)))];
  });
  return markdownTable([["best of (sigma, m)", ...radii.map((radius) => `r = ${radius}`)], ...rows]);
}

function methodOf({ models }: Group): string {
  return models[0].settings.objective.name;
}

/** The group with the largest mean; of equal ones the first. */
function bestAt(groups: readonly Group[], radius: number): Best | undefined {
  let best: Best | undefined;
  for (const group of groups) {
    if (!group.models.every(({ log }) => speaksAt(log.header, radius))) continue;
    const [{ certified }] = accuraciesOf(group, [radius]);
    if (best === undefined || certified.mean > best.certified.mean) best = { certified, group };
  }
  return best;
}

function cell(best: Best | undefined): string {
  if (best === undefined) return "";
  const { settings } = best.group.models[0];
  const { copies } = settings.objective as { readonly copies?: number };
  const which = [settings.sigma, ...(copies === undefined ? [] : [copies])];
  return `${certifiedText({ ...best.certified, deviation: undefined })} (${which.join(", ")})`;
}
