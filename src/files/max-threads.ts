import { availableParallelism } from "node:os";

/** Threads that label noisy copies. Each holds the whole network, and those beyond a core's worth only wait. */
export const MAX_THREADS: number = Math.max(16, 4 * availableParallelism());

/**
 * How many of them there are where nobody says: as many as `OMP_NUM_THREADS` allows programs on this machine, else one
 * per core.
 */
export function defaultThreads(allowed: string | undefined = process.env.OMP_NUM_THREADS): number {
  return /^[1-9]\d*$/.test(allowed ?? "") ? Math.min(Number(allowed), MAX_THREADS) : availableParallelism();
}
