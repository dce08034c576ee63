import type { Dataset } from "../../src/core.js";
import type { SparseCounts } from "../log/cell.js";
import type { LogHeader } from "../log/header.js";
import type { LogRow } from "../log/row.js";
import type { BaseClassifier } from "../sampling/base-classifier.js";
import type { SamplingHooks } from "../sampling/sampler.js";
import { SmoothedClassifier } from "../sampling/smoothed-classifier.js";
import { smoothingOfHeader } from "./audit-header.js";
import type { Finding } from "./finding.js";

/** Where the data differ from those that the header and the rows speak of. */
export function auditData(dataset: Dataset, rows: readonly LogRow[], header: LogHeader): Finding[] {
  const { name, split, shape, pixelType, length, classes, labelMap: labels } = dataset;
  const given = { name, split, hash: dataset.hash(), length, shape, pixelType, classes, labels };
  const findings = Object.entries(given).flatMap(([field, value]): Finding[] => {
    const logged = JSON.stringify(header.data[field as keyof typeof given]);
    const found = JSON.stringify(value);
    return logged === found ? [] : [{ in: "data", field, message: `${found}, where the header says ${logged}` }];
  });
  const relabelled = rows.filter(({ idx, label }) => idx < length && dataset.example(idx).label !== label);
  const wrong = relabelled.map(({ idx, label }): Finding => {
    const message = `${label}, where the data have ${dataset.example(idx).label}`;
    return { in: "row", idx, field: "label", message };
  });
  return [...findings, ...wrong];
}

/** Where the model differs from the one that the header speaks of. Its runtime may be another: then the votes tell. */
export function auditModel({ hash }: BaseClassifier, header: LogHeader): Finding[] {
  if (hash === header.model.hash) return [];
  return [
    {
      in: "model",
      field: "hash",
      message: `${hash || "unknown"}, where the header says ${header.model.hash || "nothing"}`,
    },
  ];
}

/**
 * Draws the votes of `rows` again and compares them.
 *
 * @throws what the classifier throws, and the reason of `hooks.signal`
 */
export async function auditVotes(
  rows: readonly LogRow[],
  header: LogHeader,
  classifier: BaseClassifier,
  dataset: Dataset,
  hooks: SamplingHooks = {},
): Promise<Finding[]> {
  const smoothing = smoothingOfHeader(header);
  if (smoothing === undefined) return [];
  const smoothed = new SmoothedClassifier(classifier, smoothing, header.seed);
  const findings: Finding[] = [];
  for (const { idx, counts0 = [], counts = [] } of rows) {
    const drawn = await smoothed.certify(dataset.example(idx).pixels, idx, header, hooks);
    for (const [field, logged, again] of [
      ["counts0", counts0, drawn.counts0],
      ["counts", counts, drawn.counts],
    ] as const) {
      const differing = differences(logged, again);
      if (differing > 0) {
        findings.push({
          in: "row",
          idx,
          field,
          message: `votes that differ from those drawn again, by ${differing} moved`,
        });
      }
    }
  }
  return findings;
}

/** How many of the logged votes are not among those drawn again. */
function differences(logged: SparseCounts, again: Uint32Array): number {
  return logged.reduce((moved, [label, votes]) => moved + Math.max(0, votes - (again[label] ?? 0)), 0);
}
