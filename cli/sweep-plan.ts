import { z } from "zod";
import { checked, headerCheck } from "../certify/index.js";
import type { Dataset, Split } from "../src/index.js";
import { openData } from "./open-data.js";
import { type Sweep, sweepOf } from "./sweep-file.js";

/** A sweep as the workers of a queue are told of it: its settings, and its data by their hashes. */

const sha256 = z.string().regex(/^[0-9a-f]{64}$/, "a SHA-256 in hex");

const planSchema = z.strictObject({
  format: z.literal("smoothcert-sweep"),
  version: z.literal(1),
  /** Checksum of all the rest. */
  id: sha256,
  /** See `sweepOf`. */
  sweep: z.unknown(),
  /** The data sets by split and name, `train mnist`. Workers don't open these names: they look for the hashes. */
  data: z.record(z.string().max(10_000), z.strictObject({ name: z.string().max(1000), hash: z.string().max(100) })),
});

export type SweepPlan = z.infer<typeof planSchema>;

/** @param opened data sets that are open already, by {@link dataKey} */
export async function sweepPlan(sweep: Sweep, opened: ReadonlyMap<string, Dataset>): Promise<SweepPlan> {
  const data: Record<string, { name: string; hash: string }> = {};
  for (const [spec, split] of dataOf(sweep)) {
    const key = dataKey(spec, split);
    if (Object.hasOwn(data, key)) continue;
    const dataset = opened.get(key) ?? (await openData(spec, split));
    data[key] = { name: dataset.name, hash: dataset.hash() };
  }
  const content = { format: "smoothcert-sweep", version: 1, sweep: sweep.told, data } as const;
  return { ...content, id: idOf(content) };
}

/** A plan out of a queue, and the sweep in it. @throws Error saying what is wrong with it */
export function checkedSweepPlan(value: unknown): { readonly plan: SweepPlan; readonly sweep: Sweep } {
  const plan = checked(planSchema, value, "plan");
  if (plan.id !== idOf(plan)) throw new Error("malformed plan: its id isn't that of its content");
  return { plan, sweep: sweepOf(plan.sweep, `sweep ${plan.id.slice(0, 8)}`) };
}

export function dataKey(spec: string, split: Split): string {
  return `${split} ${spec}`;
}

/** What the models are trained, tested and certified on. */
function dataOf({ models, certification }: Sweep): [spec: string, split: Split][] {
  return models.flatMap(({ settings: { data, testEvery } }) => [
    [data, "train"],
    ...(testEvery === undefined ? [] : ([[data, "test"]] as [string, Split][])),
    [certification.data ?? data, certification.split],
  ]);
}

function idOf({ format, version, sweep, data }: Omit<SweepPlan, "id">): string {
  return headerCheck({ format, version, sweep, data });
}
