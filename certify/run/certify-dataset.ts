import type { Dataset } from "../../src/core.js";
import { sparseCounts } from "../log/cell.js";
import type { LogRow } from "../log/row.js";
import type { SamplingHooks } from "../sampling/sampler.js";
import type { Certificate, SmoothedClassifier } from "../sampling/smoothed-classifier.js";
import type { CertifySettings } from "../theorem/settings.js";

/**
 * Examples that are certified side by side. Those that need few samples thus share batches, and one that needs many
 * keeps nobody waiting.
 */
const EXAMPLES_AT_ONCE = 32;

/**
 * Certifies the examples at `indices`, one row each in their order. A row depends on the settings, the model, the seed
 * and its own example alone (but for its time), so any part of the indices gives the same rows.
 */
export async function* certifyDataset(
  smoothed: SmoothedClassifier,
  dataset: Dataset,
  indices: readonly number[],
  settings: CertifySettings,
  hooks: SamplingHooks = {},
): AsyncGenerator<LogRow> {
  const underWay: Promise<LogRow>[] = [];
  for (let next = 0; next < indices.length || underWay.length > 0; ) {
    while (next < indices.length && underWay.length < EXAMPLES_AT_ONCE) {
      const row = certifyExample(smoothed, dataset, indices[next++], settings, hooks);
      row.catch(() => {}); // It is awaited below, or an earlier one failed and says why.
      underWay.push(row);
    }
    yield await (underWay.shift() as Promise<LogRow>);
  }
}

async function certifyExample(
  smoothed: SmoothedClassifier,
  dataset: Dataset,
  idx: number,
  settings: CertifySettings,
  hooks: SamplingHooks,
): Promise<LogRow> {
  const { pixels, label } = dataset.example(idx);
  let spent = 0;
  const onSamples: SamplingHooks["onSamples"] = (samples, seconds, counts) => {
    spent += seconds;
    hooks.onSamples?.(samples, seconds, counts);
  };
  const certificate = await smoothed.certify(pixels, idx, settings, { ...hooks, onSamples });
  return rowOfCertificate(idx, label, certificate, spent);
}

/** The row of a certificate. @param seconds that it took */
export function rowOfCertificate(idx: number, label: number, certificate: Certificate, seconds: number): LogRow {
  const { predict, radius, nA, n, pALower, pBUpper, counts0, counts } = certificate;
  return {
    idx,
    label,
    predict,
    radius,
    correct: predict === label,
    time: Math.round(seconds * 1000) / 1000,
    nA,
    n,
    pALower,
    ...(pBUpper !== undefined && { pBUpper }),
    ...(counts0.some((votes) => votes > 0) && { counts0: sparseCounts(counts0) }),
    counts: sparseCounts(counts),
  };
}
