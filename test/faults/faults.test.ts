import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { type DisturbedRun, disturb } from "../../bench/faults/harness.js";
import { redisMissing } from "../../bench/faults/redis-server.js";
import { runSeed } from "../laws/seed.js";

const FEW = 4;

describe("a queue on Redis under faults", () => {
  it("loses nothing and counts nothing twice; bench/faults has more of them", async ({ skip }) => {
    const missing = redisMissing();
    skip(missing !== undefined, missing);
    const built = existsSync(new URL("../../dist/bench/faults/worker.js", import.meta.url));
    skip(!built, "its workers are the built program: npm run build");
    const runs: DisturbedRun[] = [];
    await disturb(FEW, runSeed, (run) => runs.push(run));
    expect(runs.flatMap(({ faults }) => faults)).toHaveLength(FEW);
    for (const { identical, failures } of runs)
      expect({ identical, failures }).toEqual({ identical: true, failures: 0 });
  }, 180_000);
});
