import fc from "fast-check";
import { expect } from "vitest";
import { equalBytes } from "./equal-bytes.js";

/** vitest.config.ts chooses the seed. fast-check prints it when a property fails; SEED=... replays the run. */
fc.configureGlobal({ seed: Number(process.env.SEED) });

expect.addEqualityTesters([equalBytes]);
