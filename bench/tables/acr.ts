import { existsSync } from "node:fs";
import { join } from "node:path";
import { readLog } from "smoothcert/certify";
import { markdownTable } from "../../src/text/markdown-table.js";
import { spreadOf } from "./accuracies.js";

/**
 * The average certified radius over all test images at n = 100,000, from some images at that n and all at a smaller
 * one. The radii at the two are nearly a function of each other, so that few images suffice.
 */

/** By index of the image: the radius within which it is certified to be right, 0 where it isn't. */
export type Radii = ReadonlyMap<number, number>;

export interface AcrEstimate {
  readonly acr: number;
  /** Of the choice of the images that have many samples; the training's seed and the votes are as they are. */
  readonly standardError: number;
}

/**
 * The regression estimator of survey sampling (Cochran, Sampling Techniques, 3rd ed., section 7.1): the mean of `many`,
 * corrected by what the mean of `few` over the same images misses of that over all, times the slope between the two.
 *
 * @param few radii of all images, of few samples
 * @param many radii of some of them, of many samples
 */
export function acrEstimate(few: Radii, many: Radii): AcrEstimate {
  const pairs = [...many].map(([idx, radius]) => ({ x: few.get(idx) ?? Number.NaN, y: radius }));
  const [x, y] = [spreadOf(pairs.map((pair) => pair.x)).mean, spreadOf(pairs.map((pair) => pair.y)).mean];
  const squares = pairs.reduce((sum, pair) => sum + (pair.x - x) ** 2, 0);
  const slope = pairs.reduce((sum, pair) => sum + (pair.x - x) * (pair.y - y), 0) / squares;
  const residuals = pairs.map((pair) => pair.y - y - slope * (pair.x - x));
  const variance = residuals.reduce((sum, residual) => sum + residual ** 2, 0) / (pairs.length - 2);
  const left = 1 - pairs.length / few.size;
  return {
    acr: y + slope * (spreadOf([...few.values()]).mean - x),
    standardError: Math.sqrt((left * variance) / pairs.length),
  };
}

/** A run whose ACR is estimated. */
export interface EstimatedRun {
  readonly label: string;
  readonly few: Radii;
  readonly many: Radii;
}

/** A row for each run: the ACR of few samples, that of some images at many, and the estimate for all of them. */
export function acrTable(runs: readonly EstimatedRun[], published: number): string {
  return markdownTable([
    ["gaussian, 90 epochs", "all, n = 1,000", "some, n = 100,000", "all, n = 100,000"],
    ...runs.map(ownRow),
    ["*published*", "", "", published.toFixed(3)],
  ]);
}

function ownRow({ label, few, many }: EstimatedRun): string[] {
  const { acr, standardError } = acrEstimate(few, many);
  const some = spreadOf([...many.values()]);
  const errorOfSome = (some.deviation ?? Number.NaN) / Math.sqrt(many.size);
  return [
    label,
    spreadOf([...few.values()]).mean.toFixed(3),
    `${some.mean.toFixed(3)} ± ${errorOfSome.toFixed(3)} (${many.size} images)`,
    `${acr.toFixed(3)} ± ${standardError.toFixed(3)}`,
  ];
}

/** The runs of 90 epochs of which both logs are in their folders, `acr-all.tsv` and `acr-40.tsv`. */
export async function estimatedRuns(labels: Readonly<Record<string, string>>): Promise<EstimatedRun[]> {
  const runs = Object.entries(labels).map(async ([folder, label]) => {
    const files = ["acr-all.tsv", "acr-40.tsv"].map((name) => join(folder, name));
    if (!files.every((file) => existsSync(file))) return [];
    const [few, many] = await Promise.all(files.map(radiiIn));
    return [{ label, few, many }];
  });
  return (await Promise.all(runs)).flat();
}

/** The radii in a log. */
async function radiiIn(file: string): Promise<Radii> {
  const { rows } = await readLog(file);
  return new Map(rows.map(({ idx, correct, radius }) => [idx, correct ? radius : 0]));
}
