import { ArgumentError, dimensionOf, normName, type Smoothing, smoothingOf } from "../../src/core.js";
import { exampleCount } from "../log/example-range.js";
import { type LogHeader, normOf, type StoredHeader } from "../log/header.js";
import { requireCertifiable } from "../theorem/certifiable.js";
import { simultaneousAlpha } from "../theorem/simultaneous.js";
import type { Finding } from "./finding.js";

/**
 * What is wrong with a header by itself: a broken checksum, settings that contradict each other, a law of noise that
 * isn't ours.
 */
export function auditHeader({ header, intact }: StoredHeader): Finding[] {
  const found = (field: string, message: string): Finding => ({ in: "header", field, message });
  const findings: Finding[] = [];
  if (!intact) {
    findings.push(found("check", "the checksum isn't that of the header: a field was changed after it was written"));
  }
  const smoothing = smoothingOfHeader(header);
  if (smoothing === undefined) {
    findings.push(
      found("noise", `${JSON.stringify(header.noise)} of sigma ${header.sigma} is no noise of this version`),
    );
  }
  const distance = smoothing?.distance?.(dimensionOf(imageShape(header)));
  if (smoothing !== undefined && header.noiseDistance !== distance) {
    findings.push(
      found("noiseDistance", `${header.noiseDistance ?? "nothing"}, where ${header.noise} has ${distance}`),
    );
  }
  if (smoothing !== undefined && normOf(header) !== smoothing.norm) {
    const [logged, own] = [normOf(header), smoothing.norm].map(normName);
    findings.push(found("norm", `${logged}, where ${header.noise} certifies in ${own}`));
  }
  if (header.data.pixelType !== "bytes" && distance !== undefined) {
    findings.push(found("data.pixelType", `${header.data.pixelType}, which ${header.noise} can't have been added to`));
  }
  const expected = expectedAlpha(header);
  if (header.alpha !== expected) {
    findings.push(found("alpha", `${header.alpha}, where familyAlpha ${header.familyAlpha} makes it ${expected}`));
  }
  if (header.max > header.data.length) {
    findings.push(found("max", `${header.max}, beyond the ${header.data.length} images of the data`));
  }
  return [...findings, ...settingsFinding(header)];
}

/** The noise that a header names; undefined for a law that this version doesn't have, or not with this sigma. */
export function smoothingOfHeader({ noise, sigma }: LogHeader): Smoothing | undefined {
  try {
    return smoothingOf(noise, sigma);
  } catch (error) {
    if (error instanceof ArgumentError) return undefined;
    throw error;
  }
}

function imageShape({ data }: LogHeader): [number, number, number] {
  const [height, width, channels] = data.shape;
  return [height, width, channels];
}

function expectedAlpha(header: LogHeader): number {
  const { alpha, familyAlpha } = header;
  return familyAlpha === undefined ? alpha : simultaneousAlpha(familyAlpha, exampleCount(header.data.length, header));
}

function settingsFinding(header: LogHeader): Finding[] {
  const problem = settingsProblem(header);
  return problem === undefined ? [] : [{ in: "header", message: `settings that can't have been run: ${problem}` }];
}

/** Why the settings of a header can't have been run; undefined where they can. */
export function settingsProblem(header: LogHeader): string | undefined {
  try {
    requireCertifiable(header, header.data.classes.length);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}
