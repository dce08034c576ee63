/** Seconds that a job is a worker's without a word, where faults are tried: short, so that many fit into minutes. */
export const LEASE = 1;
