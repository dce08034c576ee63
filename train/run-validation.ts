import type * as tfl from "@tensorflow/tfjs-layers";
import type { EpochRecord } from "./record.js";
import type { RunData } from "./run-data.js";
import type { RunSettings } from "./run-settings.js";
import { bestOf } from "./validation/record.js";
import { testModel } from "./validation/test-set.js";
import { validate } from "./validation/validate.js";

/** Whether the model is validated after an epoch, counted from 1. */
export function isValidated(epoch: number, { validation, epochs }: RunSettings): boolean {
  return validation !== undefined && (epoch % validation.every === 0 || epoch === epochs);
}

/** Whether the test set is evaluated after an epoch, counted from 1. */
function isTested(epoch: number, { testEvery, epochs }: RunSettings): boolean {
  return testEvery !== undefined && (epoch % testEvery === 0 || epoch === epochs);
}

/** The record of an epoch with what validation and test set say of the model, where they are due. */
export async function measured(
  record: EpochRecord,
  settings: RunSettings,
  { validation, test }: Pick<RunData, "validation" | "test">,
  model: tfl.LayersModel,
): Promise<EpochRecord> {
  const { epoch } = record;
  return {
    ...record,
    ...(validation && isValidated(epoch, settings) && { validation: await validate(model, validation) }),
    ...(test && isTested(epoch, settings) && { test: await testModel(model, test) }),
  };
}

/** Whether the last record's model is better than those of all before it. */
export function isBest(history: readonly EpochRecord[], { validation }: RunSettings): boolean {
  return validation !== undefined && bestOf(history, validation.best) === history.at(-1);
}
