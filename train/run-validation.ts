import type * as tfl from "@tensorflow/tfjs-layers";
import type { EpochRecord } from "./record.js";
import type { RunSettings } from "./run-settings.js";
import { bestOf } from "./validation/record.js";
import { type ValidationTask, validate } from "./validation/validate.js";

/** Whether the model is validated after an epoch, counted from 1. */
export function isValidated(epoch: number, { validation, epochs }: RunSettings): boolean {
  return validation !== undefined && (epoch % validation.every === 0 || epoch === epochs);
}

/** The record of an epoch with what a validation says of the model, where it is due. */
export async function withValidation(
  record: EpochRecord,
  settings: RunSettings,
  task: ValidationTask | undefined,
  model: tfl.LayersModel,
): Promise<EpochRecord> {
  if (task === undefined || !isValidated(record.epoch, settings)) return record;
  return { ...record, validation: await validate(model, task) };
}

/** Whether the last record's model is better than those of all before it. */
export function isBest(history: readonly EpochRecord[], { validation }: RunSettings): boolean {
  return validation !== undefined && bestOf(history, validation.best) === history.at(-1);
}
