import { type EpochRecord, type EpochSums, means, NOTHING_YET, type StepProgress, withStep } from "../record.js";
import type { ValidationRecord } from "../validation/record.js";
import type { TestRecord } from "../validation/test-set.js";
import { EventFile } from "./event-file.js";

/** Steps that share one point of the curves. */
const STEPS_A_POINT = 20;

/**
 * The course of a training for TensorBoard: under `steps/` means of every {@link STEPS_A_POINT} steps, under `epochs/`
 * those of the epochs, both at the number of steps since the start. Where nothing is trained there is no file.
 */
export class TrainingEvents {
  readonly #folder: string;
  readonly #done: number;
  #file: EventFile | undefined;
  #sums: EpochSums = NOTHING_YET;
  #steps = 0;
  #place: number;

  /** @param done steps that were made before */
  constructor(folder: string, done: number) {
    this.#folder = folder;
    this.#done = done;
    this.#place = done;
  }

  onStep({ epoch, step, steps, last }: StepProgress): void {
    this.#place = (epoch - 1) * steps + step;
    this.#sums = withStep(this.#sums, last);
    this.#steps += 1;
    if (this.#steps < STEPS_A_POINT && step < steps) return;
    this.#append(curves("steps", { ...means(this.#sums), lr: last.lr }));
    this.#sums = NOTHING_YET;
    this.#steps = 0;
  }

  onEpoch(record: EpochRecord): void {
    this.#append(curves("epochs", record));
  }

  close(): void {
    this.#file?.close();
  }

  #append(values: Readonly<Record<string, number>>): void {
    this.#file ??= new EventFile(this.#folder, this.#done);
    this.#file.scalars(this.#place, values);
  }
}

type Point = Pick<EpochRecord, "loss" | "log" | "lr" | "imagesPerSecond" | "validation" | "test">;

function curves(group: string, { loss, log, lr, imagesPerSecond, validation, test }: Point): Record<string, number> {
  const scalars = { loss, ...log, lr, images_per_second: imagesPerSecond, ...validated(validation), ...tested(test) };
  return Object.fromEntries(Object.entries(scalars).map(([name, value]) => [`${group}/${name}`, value]));
}

function tested(test: TestRecord | undefined): Record<string, number> {
  return test === undefined ? {} : { "test/accuracy": test.accuracy, "test/top5": test.top5 };
}

function validated(validation: ValidationRecord | undefined): Record<string, number> {
  if (validation === undefined) return {};
  const { accuracy, acr, certified = {} } = validation;
  const radii = Object.entries(certified).map(([radius, part]) => [`validation/certified_${radius}`, part]);
  const figures = { "validation/accuracy": accuracy, ...(acr !== undefined && { "validation/acr": acr }) };
  return { ...figures, ...Object.fromEntries(radii) };
}
