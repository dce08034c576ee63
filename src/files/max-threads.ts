import { availableParallelism } from "node:os";

/** Threads that label noisy copies. Each holds the whole network, and those beyond a core's worth only wait. */
export const MAX_THREADS: number = Math.max(16, 4 * availableParallelism());
