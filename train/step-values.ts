import * as tf from "@tensorflow/tfjs-core";
import type { ObjectiveValue } from "./objective.js";
import type { Scalars, StepRecord } from "./record.js";

/** A step that was asked of the device, and whose values have not been read yet. */
export interface UnreadStep {
  /** Steps done in the epoch, this one included. */
  readonly step: number;
  readonly examples: number;
  readonly lr: number;
  /** When it was begun, in milliseconds of `performance.now`. */
  readonly begun: number;
  readonly value: ObjectiveValue;
}

/** A step whose values have been read. */
export interface ReadStep extends StepRecord {
  readonly step: number;
}

/** The longest that a step's values stay unread while other steps are asked for. */
const MILLISECONDS_UNREAD = 200;

/**
 * Steps that an engine may be asked for before one is read: many where it computes on its own while JavaScript goes on,
 * since a read makes it finish all that was asked of it before; one where a step has been computed when it returns.
 */
export function stepsAhead(): number {
  const { isUsingGpuDevice } = tf.backend() as { isUsingGpuDevice?: boolean };
  return ["webgpu", "webgl"].includes(tf.getBackend()) || isUsingGpuDevice === true ? 16 : 1;
}

/** The values of steps on their way back from the device: several are read at a time. */
export class StepValues {
  #unread: UnreadStep[] = [];

  /** @param most steps that stay unread, an integer of at least 1 */
  constructor(readonly most: number) {}

  /** Keeps the tensors of a step until they are read; to be called in the step's own `tf.tidy`. */
  add(step: UnreadStep): void {
    for (const tensor of tensorsOf(step)) tf.keep(tensor);
    this.#unread.push(step);
  }

  /** Whether it is time to read. */
  get isDue(): boolean {
    const { length } = this.#unread;
    return length >= this.most || (length > 0 && performance.now() - this.#unread[0].begun > MILLISECONDS_UNREAD);
  }

  /**
   * The values of all steps not read yet, in order. The time since the first of them began is theirs in equal parts.
   */
  async read(): Promise<ReadStep[]> {
    const steps = this.#unread;
    const values = await Promise.all(steps.map(({ value }) => valuesOf(value)));
    this.dispose();
    return steps.map(({ step, examples, lr }, i) => {
      const seconds = (performance.now() - steps[0].begun) / 1000 / steps.length;
      return { step, examples, lr, seconds, ...values[i] };
    });
  }

  dispose(): void {
    tf.dispose(this.#unread.flatMap(tensorsOf));
    this.#unread = [];
  }
}

function tensorsOf({ value }: UnreadStep): tf.Scalar[] {
  return [value.loss, ...Object.values(value.log)];
}

async function valuesOf({ loss, log }: ObjectiveValue): Promise<{ loss: number; log: Scalars }> {
  // Waited for together: where the device is lost, all of them fail.
  const [first, ...rest] = await Promise.all([loss, ...Object.values(log)].map(numberOf));
  return { loss: first, log: Object.fromEntries(Object.keys(log).map((name, i) => [name, rest[i]])) };
}

async function numberOf(scalar: tf.Scalar): Promise<number> {
  return (await scalar.data())[0];
}
