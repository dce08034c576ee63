import type * as tfl from "@tensorflow/tfjs-layers";
import { z } from "zod";
import { evaluate } from "../../certify/index.js";
import type { Dataset } from "../../src/index.js";
import { modelInTraining } from "./model-in-training.js";

/** What the test set says of a model, without noise. */
export interface TestRecord {
  readonly images: number;
  /** Fraction of the images that get their label. */
  readonly accuracy: number;
  /** Fraction whose label is among the classes of the five largest scores. */
  readonly top5: number;
}

export const testRecordSchema: z.ZodType<TestRecord> = z.object({
  images: z.number(),
  accuracy: z.number(),
  top5: z.number(),
});

/** Evaluates the model on a whole test set. */
export async function testModel(model: tfl.LayersModel, dataset: Dataset): Promise<TestRecord> {
  const base = modelInTraining(model, dataset.shape);
  try {
    const indices = Array.from({ length: dataset.length }, (_, i) => i);
    const { images, right, rightInTop } = await evaluate(base, dataset, indices, { top: 5 });
    return { images, accuracy: right / images, top5: rightInTop! / images };
  } finally {
    await base.close?.();
  }
}
