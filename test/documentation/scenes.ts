import { cp, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { buildModel, exportOnnx, useEngine } from "smoothcert";
import { smoothcert } from "../cli/support.js";
import { generatedText } from "../train/language/support.js";

/** The files that documents speak of, each made in a folder `at` from a trained run. */
type Prop = (at: (name: string) => string, run: string) => Promise<unknown>;

/** Records of CIFAR-10's binary version: a label and 3,072 bytes. */
const cifar: (name: string) => Prop = (name) => async (at) => {
  await mkdir(at(name), { recursive: true });
  const records = Uint8Array.from({ length: 60 * 3073 }, (_, i) => (i % 3073 === 0 ? i % 10 : (i * 37) % 256));
  for (const k of [1, 2, 3, 4, 5]) await writeFile(at(`${name}/data_batch_${k}.bin`), records);
  await writeFile(at(`${name}/test_batch.bin`), records);
};

const cifarModel: Prop = async (at) => {
  await useEngine("wasm");
  const onnx = exportOnnx(buildModel("linear", { inputShape: [32, 32, 3], classes: 10, seed: 1 }));
  await mkdir(at("shared/models"), { recursive: true });
  for (const name of ["model.onnx", "shared/models/model.onnx"]) await writeFile(at(name), onnx);
};

const cohen: Prop = (at) => cp(new URL("../fixtures/logs/cohen-seconds.tsv", import.meta.url), at("sigma_0.25"));

const runAs: (name: string) => Prop = (name) => (at, run) => cp(run, at(`runs/${name}`), { recursive: true });

/** A run like that of `smoothcert demo`, with its log. */
const demo: Prop = async (at, run) => {
  await runAs("demo")(at, run);
  const words = ["--n", "200", "--n0", "20", "--max", "10", "--threads", "1"];
  const { code, err } = await smoothcert("certify", at("runs/demo"), ...words);
  if (code !== 0) throw new Error(err);
};

const baseline: Prop = async (at) => {
  for (const ending of ["tsv", "json"]) await cp(at(`runs/demo/certify.${ending}`), at(`baseline.${ending}`));
};

/** A network without a record of its training. */
const foreign: Prop = (at) =>
  cp(new URL("../fixtures/cases/predict-needs-data/plain.onnx", import.meta.url), at("foreign.onnx"));

const shakespeare: Prop = (at) =>
  writeFile(at("shakespeare.txt"), `ROMEO:${Array.from(generatedText(600, 1), (token) => "\nabcde"[token]).join("")}`);

const PROPS: Readonly<Record<string, readonly Prop[]>> = {
  "README.md": [runAs("demo"), foreign],
  "docs/attack.md": [demo],
  "docs/from-art.md": [cifarModel, cifar("cifar")],
  "docs/from-cohen.md": [cifarModel, cifar("cifar"), cohen],
  "docs/cluster.md": [runAs("maxup"), cifarModel, cifar("cifar"), cifar("shared/cifar")],
  "docs/language-models.md": [shakespeare],
  "docs/metrics.md": [runAs("maxup")],
  "docs/quantize.md": [runAs("maxup")],
  "docs/recipes.md": [cifar("cifar-10-batches-bin")],
  "docs/report.md": [demo, baseline],
  "docs/training.md": [runAs("maxup")],
};

/** Puts the files that a document speaks of into a folder. */
export async function setScene(document: string, folder: string, run: string): Promise<void> {
  for (const prop of PROPS[document] ?? []) await prop((name) => join(folder, name), run);
}
