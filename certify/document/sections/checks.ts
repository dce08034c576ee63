import type { Check, CheckDefinition, CheckOutcome } from "../check.js";
import { nothingInside } from "../checks/attack.js";
import { notRoundedUp, settingsFit, withinCeiling } from "../checks/foreign.js";
import { complete, consistent, derivedAgain, sealed } from "../checks/log.js";
import { engine, exactNoise, otherImages, seed, trainingSigma } from "../checks/settings.js";
import { drawnAgain, sameData, sameModel } from "../checks/sources.js";
import type { Section } from "../section.js";
import type { Subject } from "../subject.js";

/** The checks, in the order in which they are shown. */
const CHECKS: readonly CheckDefinition[] = [
  derivedAgain,
  drawnAgain,
  sealed,
  complete,
  consistent,
  sameModel,
  sameData,
  trainingSigma,
  otherImages,
  exactNoise,
  engine,
  seed,
  nothingInside,
  settingsFit,
  withinCeiling,
  notRoundedUp,
];

/** Checks of the log, each with what it means. */
export const checks: Section = {
  id: "checks",
  title: "Checks",
  prepare(subject) {
    const done = checksOf(subject);
    const count = (wanted: CheckOutcome): number => done.filter(({ outcome }) => outcome === wanted).length;
    const outcomes: readonly CheckOutcome[] = ["passed", "failed", "noteworthy", "not done"];
    const text = outcomes.flatMap((outcome) => (count(outcome) > 0 ? [`${count(outcome)} ${outcome}`] : [])).join(", ");
    return {
      data: { checks: done },
      blocks: [
        { kind: "text", text: `${text}.`, warning: count("failed") > 0 },
        { kind: "checks", checks: done },
      ],
    };
  },
};

/** The results of all checks that a subject raises. */
export function checksOf(subject: Subject): Check[] {
  return CHECKS.flatMap((check) => resultOf(check, subject));
}

function resultOf({ id, title, explanation, look }: CheckDefinition, subject: Subject): Check[] {
  const result = look(subject);
  return result === undefined ? [] : [{ id, title, explanation, details: [], ...result }];
}
