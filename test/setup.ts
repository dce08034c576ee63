import fc from "fast-check";

/** Every run explores anew; SEED=... replays one. fast-check prints the seed of a failing property. */
const seed = process.env.SEED === undefined ? Date.now() & 0x7fffffff : Number(process.env.SEED);
fc.configureGlobal({ seed });
