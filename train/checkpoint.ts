import { z } from "zod";
import { loadSealed, saveSealed } from "./sealed-tensors.js";
import type { TrainState } from "./state.js";

/**
 * A training state as a file of sealed tensors, in the groups `weights`, `velocities` and, where an average is kept,
 * `averages`.
 */

const FORMAT = "smoothcert-checkpoint/1";

const sums = z.object({ examples: z.number(), seconds: z.number(), loss: z.number() });

const positionSchema = z.object({
  epoch: z.int().min(0),
  step: z.int().min(0),
  sums: z.union([
    sums.extend({ log: z.record(z.string(), z.number()) }),
    // As it was written while accuracy was all that could be logged.
    sums.extend({ accuracy: z.number() }).transform(({ accuracy, ...others }) => ({ ...others, log: { accuracy } })),
  ]),
});

/** Replaces the file at `path` by this state, all or nothing. */
export async function saveCheckpoint(path: string, state: TrainState): Promise<void> {
  const { epoch, step, sums, weights, velocities, averages } = state;
  await saveSealed(path, FORMAT, JSON.stringify({ epoch, step, sums }), { weights, velocities, averages });
}

/** @throws FileError if there is no such file, or if it is not a whole, undamaged checkpoint */
export async function loadCheckpoint(path: string): Promise<TrainState> {
  return await loadSealed(path, FORMAT, "checkpoint", ({ position, group }) => ({
    ...positionSchema.parse(position),
    weights: group("weights"),
    velocities: group("velocities"),
    averages: group("averages"),
  }));
}
