/** Checks of another tool's log, by the radii that it holds. */
import { floorTo } from "../../../src/core.js";
import type { CheckDefinition } from "../check.js";

export const settingsFit: CheckDefinition = {
  id: "settings-fit",
  title: "The radii tell their settings",
  explanation:
    "The log records neither n nor alpha, but CERTIFY's radii lie on a lattice that both of them decide. Settings " +
    "are named where chance doesn't explain how many radii lie on theirs.",
  look: ({ foreignAudit }) => {
    if (foreignAudit === undefined) return undefined;
    const { settings, sigmaPerRow } = foreignAudit;
    if (settings === undefined) return { outcome: "noteworthy", found: "no usual settings fit the radii" };
    const { sigma, n, alpha, origin } = settings;
    const named = `sigma ${sigmaPerRow ? "of each row" : sigma}, n = ${n}, alpha = ${alpha}`;
    return { outcome: origin === "stated" ? "noteworthy" : "passed", found: `${named} (${origin})` };
  },
};

export const withinCeiling: CheckDefinition = {
  id: "within-ceiling",
  title: "No radius is larger than its settings allow",
  explanation:
    "n samples that all agree certify sigma Phi^-1(alpha^(1/n)) and no more. A larger radius can't come from these " +
    "settings, however it was rounded.",
  look: ({ foreignAudit }) => {
    const ceiling = foreignAudit?.ceilings[0];
    if (ceiling === undefined) return undefined;
    const { settings, above } = ceiling;
    const found = `${above.length} above ${floorTo(ceiling.ceiling, 4)}, the largest for alpha = ${settings.alpha}`;
    const details = above.slice(0, 10).map(({ idx, radius }) => `image ${idx}: ${radius}`);
    return { outcome: above.length > 0 ? "failed" : "passed", found, details };
  },
};

export const notRoundedUp: CheckDefinition = {
  id: "not-rounded-up",
  title: "No radius was printed above what was certified",
  explanation:
    "Radii rounded to nearest claim more than was proved, about half of them. Those that are above every certified " +
    "value that rounds to them are counted here.",
  look: ({ foreignAudit }) => {
    const rounding = foreignAudit?.rounding;
    if (foreignAudit === undefined || rounding === undefined) return undefined;
    const { above, mayBeAbove } = rounding;
    const found = `${above.length} of ${foreignAudit.certified} certainly above, ${mayBeAbove.length} perhaps`;
    return { outcome: above.length + mayBeAbove.length > 0 ? "noteworthy" : "passed", found };
  },
};
