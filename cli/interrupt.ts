import { InterruptedError, RequeueError } from "../src/index.js";
import { noteAboveProgress } from "./progress.js";

/**
 * Ctrl-C asks a long command to save and stop; a second one ends the program at once.
 */

/** Tasks that run now, one within the other: the outermost speaks for all. */
let depth = 0;

/**
 * Runs `task` with a signal that SIGINT or SIGTERM aborts, and restores the handlers afterwards.
 *
 * @param stopped what is said of a task that ended by throwing the signal's reason; without it, the reason itself is
 *   thrown
 * @param scheduled whether a scheduler may stop it, by SIGTERM or SIGUSR1, to run it again
 * @throws InterruptedError for a task that ended by throwing the signal's reason, RequeueError if a scheduler stopped
 *   it
 */
export async function interruptible<T>(
  task: (signal: AbortSignal) => Promise<T>,
  stopped?: () => string,
  scheduled = false,
): Promise<T> {
  const controller = new AbortController();
  let requeue = false;
  const isOutermost = depth++ === 0;
  const tell = (text: string): void => {
    if (isOutermost) noteAboveProgress(text);
  };
  const stop = (): void => {
    if (controller.signal.aborted && !requeue) process.exit(130);
    tell("Stopping after this step; press Ctrl-C again to quit at once.");
    requeue = false;
    controller.abort();
  };
  const yieldTo = (signal: NodeJS.Signals): void => {
    if (controller.signal.aborted) return;
    tell(`Stopping after this step, since ${signal} says so.`);
    requeue = true;
    controller.abort();
  };
  const handlers: [NodeJS.Signals, (signal: NodeJS.Signals) => void][] = [
    ["SIGINT", stop],
    ["SIGTERM", scheduled ? yieldTo : stop],
    ...(scheduled ? [["SIGUSR1", yieldTo] as [NodeJS.Signals, typeof yieldTo]] : []),
  ];
  for (const [signal, handler] of handlers) process.on(signal, handler);
  try {
    return await task(controller.signal);
  } catch (error) {
    if (stopped === undefined || error !== controller.signal.reason) throw error;
    const text = stopped();
    throw requeue ? new RequeueError(text) : new InterruptedError(text);
  } finally {
    depth -= 1;
    for (const [signal, handler] of handlers) process.off(signal, handler);
  }
}
