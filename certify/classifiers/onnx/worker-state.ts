/**
 * Whether a thread is in native code. A process that ends while one of its threads runs a network is aborted, so it
 * waits for that: by memory that both threads see, since an ending process takes no messages.
 */
export type WorkerState = Int32Array;

const BUSY = 0;
const ENDING = 1;
/** The longest that an ending process waits, e.g. for a batch of a large network. */
const PATIENCE_MILLISECONDS = 10_000;

export function createWorkerState(): WorkerState {
  return new Int32Array(new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT));
}

/** In the thread: does `work`, marked as busy; if the process is ending, nothing any more. */
export async function whileBusy<T>(state: WorkerState, work: () => Promise<T>): Promise<T> {
  Atomics.store(state, BUSY, 1);
  try {
    if (Atomics.load(state, ENDING) === 1) throw new Error("the process is ending");
    return await work();
  } finally {
    Atomics.store(state, BUSY, 0);
    Atomics.notify(state, BUSY);
  }
}

/** In the process, when it ends: keeps the thread from beginning more work, and waits for what it is at. */
export function endWork(state: WorkerState): void {
  Atomics.store(state, ENDING, 1);
  Atomics.wait(state, BUSY, 1, PATIENCE_MILLISECONDS);
}
