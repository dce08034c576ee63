import { EventFile } from "../tensorboard/event-file.js";
import type { LanguageEpochRecord, LanguageProgress, LanguageTrainHooks } from "./record.js";

/** Steps that share one point of the curves. */
const STEPS_A_POINT = 20;

/**
 * The course of a language model's training for TensorBoard: losses in nats under `steps/` (means of some steps) and
 * `epochs/`, both by the number of steps since the start. Where nothing is trained there is no file.
 */
export class LanguageEvents implements LanguageTrainHooks {
  #file: EventFile | undefined;
  #losses: number[] = [];
  #place: number;

  /** @param done steps that were made before */
  constructor(
    readonly folder: string,
    readonly done: number,
  ) {
    this.#place = done;
  }

  onStep({ update, step, steps, last }: LanguageProgress): void {
    this.#place = update;
    this.#losses.push(last);
    if (this.#losses.length < STEPS_A_POINT && step < steps) return;
    const loss = this.#losses.reduce((sum, each) => sum + each, 0) / this.#losses.length;
    this.#append({ "steps/loss": loss });
    this.#losses = [];
  }

  onEpoch({ loss, valid, tokensPerSecond }: LanguageEpochRecord): void {
    const speed = { "epochs/tokens_per_second": tokensPerSecond };
    this.#append({ "epochs/loss": loss, "epochs/valid": valid, "epochs/valid_perplexity": Math.exp(valid), ...speed });
  }

  close(): void {
    this.#file?.close();
  }

  #append(values: Readonly<Record<string, number>>): void {
    this.#file ??= new EventFile(this.folder, this.done);
    this.#file.scalars(this.#place, values);
  }
}
