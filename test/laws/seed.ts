import fc from "fast-check";

/** The seed of this run (SEED=... replays one): statistical tests draw anew in each. */
export const runSeed: number = fc.readConfigureGlobal()?.seed ?? 0;
