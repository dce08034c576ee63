import { readFileSync } from "node:fs";
import { type Dataset, dimensionOf, loadDataset, writeUnit } from "smoothcert";
import type { BaseClassifier } from "smoothcert/certify";

/** Models as people have them, and the labels that Python's onnxruntime gives; see the README there. */
const CASES = "test/fixtures/cases";

/** The path of a model that `make.py` made, or of one of the folders beside. */
export const model = (name: string): string => `${CASES}/own-models/${name}.onnx`;
export const shared = (name: string): string => `${CASES}/${name}.onnx`;

export const DIGITS = `npz:${CASES}/own-models/digits.npz`;
export const DIGIT_TABLE = `npy:${CASES}/own-models/digits-table-x.npy,${CASES}/own-models/digits-table-y.npy`;
export const IRIS = `npy:${CASES}/own-models/iris-x.npy,${CASES}/own-models/iris-y.npy`;

const python = JSON.parse(readFileSync(`${CASES}/own-models/labels.json`, "utf8")) as Record<string, number[]>;

/** What Python's onnxruntime says of the first images. */
export function pythonLabels(name: string): number[] {
  return python[name];
}

export const load = (spec: string): Promise<Dataset> => loadDataset(spec, "test");

/** The labels of the first `count` examples, without noise. */
export async function labelsOf(base: BaseClassifier, dataset: Dataset, count: number): Promise<number[]> {
  const dimension = dimensionOf(dataset.shape);
  const batch = new Float32Array(count * dimension);
  for (let i = 0; i < count; i++) writeUnit(dataset.example(i).pixels, batch, i * dimension);
  const labels = new Int32Array(count);
  for (let i = 0; i < count; i += base.batchSize) {
    const rows = Math.min(base.batchSize, count - i);
    await base.classify(batch.subarray(i * dimension), rows, labels.subarray(i));
  }
  return [...labels];
}
