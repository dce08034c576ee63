import { InterruptedError } from "../src/index.js";
import { noteAboveProgress } from "./progress.js";

/**
 * Ctrl-C asks a long command to save and stop; a second one ends the program at once.
 */

/**
 * Runs `task` with a signal that SIGINT or SIGTERM aborts, and restores the handlers afterwards.
 *
 * @param stopped what an InterruptedError says of a task that ended by throwing the signal's reason; without it, the
 *   reason itself is thrown
 */
export async function interruptible<T>(task: (signal: AbortSignal) => Promise<T>, stopped?: () => string): Promise<T> {
  const controller = new AbortController();
  const stop = (): void => {
    if (controller.signal.aborted) process.exit(130);
    noteAboveProgress("Stopping after this step; press Ctrl-C again to quit at once.");
    controller.abort();
  };
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
  try {
    return await task(controller.signal);
  } catch (error) {
    if (stopped === undefined || error !== controller.signal.reason) throw error;
    throw new InterruptedError(stopped());
  } finally {
    process.off("SIGINT", stop);
    process.off("SIGTERM", stop);
  }
}
