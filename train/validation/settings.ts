import { z } from "zod";
import { ArgumentError, requireInteger, requireThat, show } from "../../src/index.js";

/**
 * What the best model is best at: the average certified radius, accuracy without noise, or certified accuracy at one of
 * the radii.
 */
export type Metric = "acr" | "accuracy" | number;

/** How a run is validated: images are held back from its training set and certified every few epochs. */
export interface ValidationSettings {
  /** Images held back; an integer of at least 1, less than the training set has. */
  readonly images: number;
  /** Epochs from one validation to the next, an integer of at least 1. The last epoch is validated in any case. */
  readonly every: number;
  /** Noisy samples of each image, an integer of at least 1. */
  readonly samples: number;
  /** L2 radii at which certified accuracy is told beside radius 0: ascending, greater than 0. None without noise. */
  readonly radii: readonly number[];
  readonly best: Metric;
}

export const validationSchema = z.strictObject({
  images: z.number(),
  every: z.number(),
  samples: z.number(),
  radii: z.array(z.number()),
  best: z.union([z.enum(["acr", "accuracy"]), z.number()]),
});

const EVERY = 5;
const SAMPLES = 500;

/**
 * Settings with the fields that are missing filled in: every 5 epochs, 500 samples, radii of 0.5, 1 and 1.5 times
 * sigma, the best by `acr`; without noise no radii, and the best by `accuracy`.
 *
 * @throws ArgumentError naming the setting that is missing or out of range
 */
export function completeValidation(
  given: Partial<ValidationSettings>,
  sigma: number,
  where = "train",
): ValidationSettings {
  const { images } = given;
  requireThat(images !== undefined, where, "validate", "the number of images to hold back", images);
  const settings = {
    every: EVERY,
    samples: SAMPLES,
    radii: sigma > 0 ? [sigma / 2, sigma, 1.5 * sigma] : [],
    best: sigma > 0 ? ("acr" as const) : ("accuracy" as const),
    ...given,
    images,
  };
  checkValidation(settings, sigma, where);
  return settings;
}

/** @throws ArgumentError naming the first setting that is out of range, its rule and its value */
export function checkValidation(settings: ValidationSettings, sigma: number, where = "train"): void {
  const { images, every, samples, radii } = settings;
  requireInteger(images, where, "validate", 1);
  requireInteger(every, where, "validateEvery", 1);
  requireInteger(samples, where, "validateSamples", 1);
  requireThat(sigma > 0 || radii.length === 0, where, "validateRadii", "left out where sigma is 0", radii);
  const ascending = radii.every((radius, i) => radius > (radii[i - 1] ?? 0) && radius < Infinity);
  requireThat(ascending, where, "validateRadii", "finite, greater than 0 and ascending", radii);
  requireMetric(settings, sigma, where);
}

function requireMetric({ radii, best }: ValidationSettings, sigma: number, where: string): void {
  const certified: Metric[] = sigma > 0 ? ["acr", 0, ...radii] : [];
  if (best === "accuracy" || certified.includes(best)) return;
  const rule =
    sigma > 0 ? `accuracy, acr or one of the radii ${[0, ...radii].join(", ")}` : "accuracy where sigma is 0";
  throw new ArgumentError(`${where}: best must be ${rule}, got ${show(best)}`, "best", best);
}

/** The settings by the names of their flags, in camel case. */
export function validationByFlag(validation: Partial<ValidationSettings> = {}): Readonly<Record<string, unknown>> {
  const { images: validate, every: validateEvery, samples: validateSamples, radii: validateRadii, best } = validation;
  const named = { validate, validateEvery, validateSamples, validateRadii, best };
  return Object.fromEntries(Object.entries(named).filter(([, value]) => value !== undefined));
}
