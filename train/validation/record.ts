import { z } from "zod";
import type { Metric } from "./settings.js";

/** What the images held back say of a model. */
export interface ValidationRecord {
  /** Of the model itself, without noise. */
  readonly accuracy: number;
  /**
   * The average certified radius, with as many samples as the settings say: with more it would be larger. Undefined
   * where sigma is 0.
   */
  readonly acr?: number | undefined;
  /** Certified accuracy by radius: `{ "0": 0.98, "0.25": 0.95 }`. Undefined where sigma is 0. */
  readonly certified?: Readonly<Record<string, number>> | undefined;
  /** What the validation took. */
  readonly seconds: number;
}

export const validationRecordSchema: z.ZodType<ValidationRecord> = z.object({
  accuracy: z.number(),
  acr: z.number().optional(),
  certified: z.record(z.string(), z.number()).optional(),
  seconds: z.number(),
});

/** The figure that the metric names: of two models the better one has the larger one. */
export function figureOf({ accuracy, acr, certified }: ValidationRecord, metric: Metric): number {
  if (metric === "accuracy") return accuracy;
  return (metric === "acr" ? acr : certified?.[String(metric)]) as number;
}

/** What has been validated or not. */
interface Validated {
  readonly validation?: ValidationRecord | undefined;
}

/** The first of the records whose model is the best by the metric; undefined if none was validated. */
export function bestOf<Record extends Validated>(records: readonly Record[], metric: Metric): Record | undefined {
  const figure = ({ validation }: Record): number => (validation === undefined ? -1 : figureOf(validation, metric));
  const validated = records.filter(({ validation }) => validation !== undefined);
  return validated.reduce<Record | undefined>(
    (best, each) => (best !== undefined && figure(best) >= figure(each) ? best : each),
    undefined,
  );
}
