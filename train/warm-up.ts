import { exampleBatch } from "./example-batch.js";
import { gaussian } from "./methods/gaussian.js";
import type { Objective } from "./objective.js";

/**
 * An objective that is {@link gaussian} in the first `epochs` epochs, on the first copy of each example, and
 * `objective` from then on. It draws transforms as `objective` does: if that sees an image's copies as views of one
 * image, the image is transformed once for each epoch in the warm-up too.
 *
 * @param epochs an integer of at least 0
 */
export function withWarmUp(objective: Objective, epochs: number): Objective {
  const plain = gaussian();
  return {
    name: objective.name,
    copies: objective.copies,
    ...(objective.oneImage && { oneImage: objective.oneImage }),
    nameAt: (time) => nameAt(time < epochs ? plain : objective, time),
    prepare(model, batch, moment) {
      if (moment.time >= epochs) return objective.prepare(model, batch, moment);
      return plain.prepare(model, exampleBatch({ ...batch.source, copies: plain.copies }), moment);
    },
  };
}

/** What an objective is called at a time, in epochs since the start of the training. */
export function nameAt(objective: Objective, time: number): string {
  return objective.nameAt?.(time) ?? objective.name;
}
