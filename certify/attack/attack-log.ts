import type { Dataset } from "../../src/core.js";
import { sparseCounts } from "../log/cell.js";
import type { LogRow } from "../log/row.js";
import type { SamplingHooks } from "../sampling/sampler.js";
import type { Attacker, AttackResult } from "./attack-image.js";
import type { AttackRow } from "./attack-row.js";
import { ANY_VALUE, PIXEL_RANGE } from "./perturbation.js";

/**
 * Attacks the certificates of these rows, one result each in their order. A result depends on its own row and the
 * settings alone.
 */
export async function* attackRows(
  attacker: Attacker,
  dataset: Dataset,
  rows: readonly LogRow[],
  hooks?: SamplingHooks,
): AsyncGenerator<AttackRow> {
  const range = dataset.pixelType === "values" ? ANY_VALUE : PIXEL_RANGE;
  for (const row of rows) {
    const start = performance.now();
    const { pixels } = dataset.example(row.idx);
    const target = { x: pixels, example: row.idx, predict: row.predict, radius: row.radius, range };
    const result = await attacker.attack(target, hooks);
    yield rowOfResult(row, result, Math.round(performance.now() - start) / 1000);
  }
}

function rowOfResult({ idx, label, predict, radius }: LogRow, result: AttackResult, time: number): AttackRow {
  const { inside, broken, smallest } = result;
  return {
    idx,
    label,
    predict,
    radius,
    insideNorm: inside.norm,
    insidePredict: inside.predict,
    insideCounts: sparseCounts(inside.counts),
    broken,
    attackRadius: smallest?.norm ?? Infinity,
    attackPredict: smallest?.predict ?? -1,
    time,
  };
}
