import { z } from "zod";
import type { ImageShape } from "../data/dataset.js";
import { firstIssue } from "../files/json.js";
import type { ModelSignature } from "./image-model.js";
import type { Preprocessing } from "./preprocessing.js";

/** What a model was trained on. */
export interface TrainingData {
  readonly name: string;
  readonly hash: string;
  /** Hash of the set whose first examples these are; missing where it is all of a set. */
  readonly partOf?: string | undefined;
}

/** Where a model came from; everything is optional, and other keys may be added. */
export interface TrainingRecord {
  /** Standard deviation of the training noise in units of pixels in [0, 1]; at least 0. */
  readonly sigma?: number | undefined;
  /** E.g. `maxup`. */
  readonly objective?: string | undefined;
  /** Noisy copies of an image a step. */
  readonly copies?: number | undefined;
  readonly data?: TrainingData | undefined;
  readonly seed?: number | undefined;
  /** Epochs done. */
  readonly epochs?: number | undefined;
  /** Epochs that the run is to have, in the model of one that isn't over. */
  readonly plannedEpochs?: number | undefined;
  readonly [key: string]: unknown;
}

/** What is known of a model beyond its layers and weights: the file `smoothcert.json` beside them. */
export interface ModelMetadata {
  /** Version of this record. */
  readonly formatVersion: 1;
  /** One of ARCHITECTURES, or `foreign` for a model made elsewhere. */
  readonly architecture: string;
  readonly inputShape: ImageShape;
  /** Names of the classes, by label. */
  readonly classes: readonly string[];
  /** What the layers at the model's front do, for the record: they do it themselves. */
  readonly preprocessing?: Preprocessing | undefined;
  readonly training?: TrainingRecord | undefined;
  /** Version of smoothcert that wrote it. */
  readonly smoothcertVersion?: string | undefined;
}

export const FOREIGN = "foreign";

const positive = z.int().min(1);

const trainingSchema = z.looseObject({
  sigma: z.number().min(0).optional(),
  objective: z.string().optional(),
  copies: positive.optional(),
  data: z.object({ name: z.string(), hash: z.string(), partOf: z.string().optional() }).optional(),
  seed: z.int().min(0).optional(),
  epochs: z.int().min(0).optional(),
  plannedEpochs: positive.optional(),
});

const metadataSchema: z.ZodType<ModelMetadata> = z.object({
  formatVersion: z.literal(1),
  architecture: z.string(),
  inputShape: z.tuple([positive, positive, positive]),
  classes: z.array(z.string()).min(2),
  preprocessing: z
    .object({
      crop: z.tuple([positive, positive]).optional(),
      mean: z.array(z.number()).optional(),
      std: z.array(z.number()).optional(),
      scale: z.number().optional(),
    })
    .optional(),
  training: trainingSchema.optional(),
  smoothcertVersion: z.string().optional(),
});

/** The record in a parsed JSON value, or one line that says what is wrong with it. */
export function parseMetadata(value: unknown): ModelMetadata | { readonly problem: string } {
  const result = metadataSchema.safeParse(value);
  if (result.success) return result.data;
  return { problem: firstIssue(result.error) };
}

/** All that can be told of a model that has no record. */
export function inferMetadata(signature: ModelSignature): ModelMetadata {
  const classes = Array.from({ length: signature.classes }, (_, label) => String(label));
  return { formatVersion: 1, architecture: FOREIGN, inputShape: signature.inputShape, classes };
}
