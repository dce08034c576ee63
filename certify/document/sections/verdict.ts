import { floorTo, nextDown } from "../../../src/core.js";
import { certifiedCount } from "../../report/curve.js";
import { accuracyAt, type CertifiedAccuracy } from "../../report/curve-summary.js";
import { isStopped, summarizeLog } from "../../report/log-summary.js";
import { radiusLabel, settingsText, unitsOf } from "../../report/log-text.js";
import { complementText, levelText, percentAbove, percentAtLeast, radiusText } from "../../report/percent.js";
import { type Statement, statementOf } from "../../theorem/statement.js";
import type { TilesBlock } from "../blocks.js";
import type { Section } from "../section.js";
import type { Subject } from "../subject.js";

/** What the log says at one of the few radii that are read first. */
interface Headline extends CertifiedAccuracy {
  /** Of a run that stopped: whether the radius is one of its list, */
  readonly listed?: boolean | undefined;
  /** and what accuracy would be if all undecided images were certified. */
  readonly atMost?: number | undefined;
  /** What the certificates prove together, where alpha is known. */
  readonly statement?: Statement | undefined;
}

/** The result in a few numbers, with what is claimed by them and what isn't. */
export const verdict: Section = {
  id: "verdict",
  title: "Verdict",
  prepare(subject) {
    const { log, rho, confidence, headline } = subject;
    const summary = summarizeLog(log.rows, log.header, headline, confidence);
    const at = headlines(subject);
    const data = { points: summary.points, abstentions: summary.abstentions, rho, confidence, radii: at };
    return {
      data: { ...data, ...settingsOf(subject) },
      blocks: [
        tilesOf(subject, at),
        { kind: "facts", facts: factsOf(subject, summary.abstentions, isStopped(summary) ? undefined : summary.acr) },
        { kind: "list", items: claimsOf(subject) },
      ],
    };
  },
};

function headlines({ log: { rows, header }, headline, confidence, rho }: Subject): Headline[] {
  const summary = summarizeLog(rows, header, headline, confidence);
  return headline.map((radius, i) => {
    const count = certifiedCount(rows, radius);
    return {
      ...accuracyAt(radius, count, rows.length, confidence),
      ...(isStopped(summary) && { listed: summary.radii[i].listed, atMost: summary.radii[i].atMost.count }),
      ...(header && { statement: statementOf(count, rows.length, header.alpha, rho) }),
    };
  });
}

function settingsOf({ log: { header } }: Subject): object {
  if (header === undefined) return {};
  const { sigma, noise, n0, n, alpha, familyAlpha, bound, interval, stop } = header;
  return { sigma, noise, n0, n, alpha, familyAlpha, bound, interval, stop };
}

function tilesOf({ log, rho, confidence }: Subject, headline: readonly Headline[]): TilesBlock {
  const points = log.rows.length;
  const percent = (share: number): string => `${floorTo(Math.max(0, nextDown(100 * share)), 1)}%`;
  return {
    kind: "tiles",
    tiles: headline.map(({ radius, count, listed, lower, upper, atMost, statement }) => ({
      label: `certified at ${radiusLabel([log.header])} ${radiusText(radius)}`,
      value: `${percentAtLeast({ count, listed }, points)}%`,
      details: [
        `${count} of ${points} images`,
        ...(atMost === undefined || atMost === count
          ? []
          : [`at most ${percentAbove({ count: atMost }, points)}% with the undecided`]),
        `${levelText(confidence)}% interval ${percent(lower)} to ${(Math.ceil(1000 * upper) / 10).toFixed(1)}%`,
        ...(statement === undefined
          ? []
          : [`truly robust: at least ${statement.atLeastTogether}, with probability ${complementText(rho)}`]),
      ],
    })),
  };
}

function factsOf({ log, attack }: Subject, abstentions: number, acr: number | undefined): [string, string][] {
  const { header, rows } = log;
  const model: [string, string][] =
    header === undefined
      ? [["log", log.file]]
      : [
          ["model", header.model.name],
          ["data", `${header.data.name} ${header.data.split}`],
        ];
  return [
    ...model,
    ["settings", settingsText(header)],
    ["images", `${rows.length}, of which ${abstentions} without a class (abstentions), which count as wrong`],
    ...(acr === undefined
      ? []
      : [["average certified radius", `${floorTo(acr, 4)}, which grows with n and alpha`] as [string, string]]),
    [
      "radii",
      `${radiusLabel([header])} in units of ${unitsOf([header])}, ${header ? "rounded down" : "as the log has them"}`,
    ],
    ...(attack === undefined ? [] : [["attack", attack.file] as [string, string]]),
  ];
}

function claimsOf({ log: { header }, rho }: Subject): string[] {
  const not =
    "Not claimed: anything about the base model without noise, about other norms than this ball contains, or about " +
    "images that another process produces.";
  if (header === undefined) {
    return [
      "Claimed by the log's authors, not by this report: that the smoothed classifier's answer holds within each " +
        "radius.",
      "Radii of other tools are rounded to nearest, so that about half of them are above the certified value.",
      not,
    ];
  }
  const { alpha, familyAlpha } = header;
  return [
    familyAlpha === undefined
      ? `Claimed of each image by itself: no perturbation below its radius changes the smoothed classifier's answer. ` +
        `This fails with probability ${alpha} at most (alpha), over the noise drawn.`
      : `Claimed of all images together: no perturbation below an image's radius changes the smoothed classifier's ` +
        `answer. This fails for any of them with probability ${familyAlpha} at most.`,
    `Claimed of the whole set, with probability ${complementText(rho)} at all radii at once: the numbers of truly ` +
      `robust images above, which leave room for the certificates that may have failed.`,
    not,
  ];
}
