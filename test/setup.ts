import fc from "fast-check";

/** vitest.config.ts chooses the seed. fast-check prints it when a property fails; SEED=... replays the run. */
fc.configureGlobal({ seed: Number(process.env.SEED) });
