/** What logs were made with, in words. */

import { floorTo, lawOf, normName } from "../../src/core.js";
import { type LogHeader, normOf } from "../log/header.js";
import { theoremOfHeader } from "../log/votes.js";
import { largestRadius } from "../theorem/decision.js";
import type { StopRule } from "../theorem/rule.js";

/**
 * The largest radius that n samples can certify, where a header records the settings. Stopped runs seldom come near it,
 * and have none.
 */
export function ceilingOf(header: LogHeader | undefined): number | undefined {
  if (header === undefined || header.stop !== undefined) return undefined;
  const theorem = theoremOfHeader(header);
  return theorem && largestRadius(header, header.data.classes.length, theorem);
}

/** The units of the radii of some logs: those of pixels, where nothing else is known. */
export function unitsOf(headers: readonly (LogHeader | undefined)[]): string {
  const tables = headers.filter((header) => header?.data.pixelType === "values").length;
  if (tables === 0) return "pixels in [0, 1]";
  return tables === headers.length ? "in the data's own units" : "pixels in [0, 1], or a table's own units";
}

/** What the radii of some logs are called, with their norm: `L2 radius`. */
export function radiusLabel(headers: readonly (LogHeader | undefined)[]): string {
  const norms = new Set(headers.map((header) => normName(normOf(header))));
  return `${[...norms].sort().join(" or ")} radius`;
}

/** What a log was made with, in one line. */
export function settingsText(header: LogHeader | undefined): string {
  if (header === undefined) return "no header beside it: sigma, n and alpha are unknown";
  const { n, stop, alpha, familyAlpha } = header;
  const units = header.data.pixelType === "values" ? ", in the data's own units" : "";
  const level = familyAlpha === undefined ? `alpha = ${alpha}` : `alpha = ${familyAlpha} for all of them together`;
  const noise = noiseText(header);
  if (stop !== undefined) return `${noise}, n = ${n} at most, ${level}: ${stopText(stop)}${units}`;
  const reach = ceilingOf(header);
  const within = reach === undefined ? "" : `: radii of at most ${floorTo(reach, 4)} within reach`;
  return `${noise}, n = ${n}, ${level}${within}${units}`;
}

/** Sigma, and the noise where it is another than the usual one: `sigma 0.5 of uniform noise`. */
export function noiseText({ noise, sigma }: LogHeader): string {
  const law = lawOf(noise);
  if (law === undefined) return `sigma ${sigma} of ${noise}, a noise unknown to this version`;
  return law.noise === "gaussian" ? `sigma ${sigma}` : `sigma ${sigma} of ${law.noise} noise`;
}

/** What stops a run, as a part of a sentence. */
export function stopText(rule: StopRule): string {
  if (rule.kind === "radii") {
    const patience =
      rule.patience === undefined ? "" : `, with a patience of ${rule.patience} n samples per certificate`;
    return `stopped once it is known which of the radii ${rule.radii.join(", ")} are certified${patience}`;
  }
  if (rule.kind === "precision") return `stopped within ${rule.precision} of the radius that n samples would give`;
  return "none stopped early";
}
