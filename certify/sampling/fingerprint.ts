import { canonicalize } from "json-canonicalize";
import { z } from "zod";

/** What computed votes: where two of these have the same canary, they compute the same function, as far as is known. */
export const fingerprintSchema = z.object({
  /** SHA-256 (hex) of the scores of a fixed batch of images. */
  canary: z.string().regex(/^[0-9a-f]{64}$/, "a SHA-256 in hex"),
  /** What computes the classifier, with version and provider: `BaseClassifier.runtime`. */
  runtime: z.string().max(200),
  /** Architecture and the features that kernels are chosen by, e.g. `x64 avx2 fma`. */
  processor: z.string().max(1000),
});

export type Fingerprint = z.infer<typeof fingerprintSchema>;

/** Each machine once, in an order that doesn't depend on that of the lists. */
export function unionOfFingerprints(...lists: readonly (readonly Fingerprint[] | undefined)[]): Fingerprint[] {
  const union = new Map(lists.flatMap((list) => list ?? []).map((machine) => [canonicalize(machine), machine]));
  return [...union.keys()].sort().map((key) => union.get(key) as Fingerprint);
}

/** How many functions machines compute: their canaries, each once. */
export function functionsOf(machines: readonly Fingerprint[]): number {
  return new Set(machines.map(({ canary }) => canary)).size;
}
