import type { Costs } from "./model.js";

/**
 * What a job costs the queue, measured: bench/cluster/service-times.tsv, the rows of 6,000 jobs on Redis, as processor
 * time (Redis and the submitter have a core each; the worker's is added to each job, as if it had no core to spare).
 * The round trip is that of a local network, of Redis's own documentation ("around 200 us" on a 1 Gbit/s network).
 */
export const MEASURED: Costs = {
  roundTrip: 200e-6,
  redis: { enqueue: 48e-6, take: 205e-6, complete: 226e-6, renew: 70e-6, collect: 7e-6, nothing: 96e-6 },
  submitter: { enqueue: 94e-6, collect: 204e-6 },
  worker: 366e-6 + 320e-6,
};
