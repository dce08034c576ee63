import { ArgumentError, dimensionOf, type NoiseSource, noiseOfLaw } from "../../src/index.js";
import type { StoredHeader } from "../files/log-file.js";
import type { LogHeader } from "../log/header.js";
import { selectedCount } from "../run/certify-dataset.js";
import { requireCertifiable } from "../theorem/decision.js";
import { simultaneousAlpha } from "../theorem/simultaneous.js";
import type { Finding } from "./finding.js";

/** What is wrong with a header by itself: a broken checksum, settings that contradict each other, a law of noise that isn't ours. */
export function auditHeader({ header, intact }: StoredHeader): Finding[] {
  const found = (field: string, message: string): Finding => ({ in: "header", field, message });
  const findings: Finding[] = [];
  if (!intact) {
    findings.push(found("check", "the checksum isn't that of the header: a field was changed after it was written"));
  }
  const noise = noiseOfHeader(header);
  if (noise === undefined) {
    findings.push(
      found("noise", `${JSON.stringify(header.noise)} of sigma ${header.sigma} is no noise of this version`),
    );
  }
  const distance = noise?.distance?.(dimensionOf(imageShape(header)));
  if (noise !== undefined && header.noiseDistance !== distance) {
    findings.push(
      found("noiseDistance", `${header.noiseDistance ?? "nothing"}, where ${header.noise} has ${distance}`),
    );
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
export function noiseOfHeader({ noise, sigma }: LogHeader): NoiseSource | undefined {
  try {
    return noiseOfLaw(noise, sigma);
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
  return familyAlpha === undefined ? alpha : simultaneousAlpha(familyAlpha, selectedCount(header.data.length, header));
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
