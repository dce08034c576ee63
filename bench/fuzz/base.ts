import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import * as tfl from "@tensorflow/tfjs-layers";
import { zipSync } from "fflate";
import sharp from "sharp";
import { buildModel, type ModelMetadata, saveModel, saveOnnx, useEngine } from "smoothcert";
import { type AttackHeader, type AttackRow, fileLogStore, openAttack, readHeader, readLog } from "smoothcert/certify";
import { smoothcert } from "./command.js";

/** Images of 8x8 in grey, of three classes: small, so that a reader's time is that of its checks. */
export const SIDE = 8;
const CLASSES = 3;
const COUNT = 12;

/** What attack.tsv holds for. */
export const ATTACK: AttackHeader = {
  format: "smoothcert-attack",
  version: 1,
  smoothcert: "0.1.0",
  created: "2026-01-01T00:00:00.000Z",
  log: "00".repeat(32),
  gradient: "votes",
  gradientModel: "",
  copies: 8,
  steps: 4,
  votes: 1000,
  alpha: 0.001,
  seed: 0,
};

/** Writes one whole input of each kind into a folder, to be mutated. */
export async function makeBase(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await useEngine("cpu");
  await makeData(folder);
  await makeImages(join(folder, "images"));
  await makeModels(folder);
  await makeRuns(folder);
}

function values(count: number, below: number): Uint8Array {
  return Uint8Array.from({ length: count }, (_, i) => (i * 89 + (i >> 3)) % below);
}

async function makeData(folder: string): Promise<void> {
  const pixels = values(COUNT * SIDE * SIDE, 256);
  const labels = values(COUNT, CLASSES);
  const images = Buffer.concat([Buffer.from([0, 0, 8, 3, 0, 0, 0, COUNT, 0, 0, 0, SIDE, 0, 0, 0, SIDE]), pixels]);
  const idxLabels = Buffer.concat([Buffer.from([0, 0, 8, 1, 0, 0, 0, COUNT]), labels]);
  await writeFile(join(folder, "images.idx"), images);
  await writeFile(join(folder, "labels.idx"), idxLabels);
  await writeFile(join(folder, "images.idx.gz"), gzipSync(images));
  await writeFile(join(folder, "cifar.bin"), values(3 * 3073, 10));
  const npyPixels = npy("|u1", `(${COUNT}, ${SIDE}, ${SIDE}, 1)`, pixels);
  const npyLabels = npy("<i8", `(${COUNT},)`, new Uint8Array(BigInt64Array.from([...labels], BigInt).buffer));
  const floats = Float32Array.from(pixels, (level) => level / 255);
  await writeFile(join(folder, "images.npy"), npyPixels);
  await writeFile(join(folder, "labels.npy"), npyLabels);
  await writeFile(
    join(folder, "floats.npy"),
    npy("<f4", `(${COUNT}, ${SIDE}, ${SIDE})`, new Uint8Array(floats.buffer)),
  );
  await writeFile(join(folder, "data.npz"), zipSync({ "images.npy": npyPixels, "labels.npy": npyLabels }));
}

function npy(descr: string, shape: string, data: Uint8Array): Uint8Array {
  const header = `{'descr': '${descr}', 'fortran_order': False, 'shape': ${shape}, }`;
  const padded = `${header.padEnd(117)}\n`;
  const start = Buffer.alloc(10);
  start.write("\x93NUMPY\x01\x00", "latin1");
  start.writeUInt16LE(padded.length, 8);
  return Buffer.concat([start, Buffer.from(padded, "latin1"), data]);
}

async function makeImages(folder: string): Promise<void> {
  await mkdir(folder);
  const raw = { raw: { width: SIDE, height: SIDE, channels: 3 as const } };
  for (const format of ["png", "jpeg", "webp", "gif", "tiff", "avif"] as const) {
    await sharp(values(SIDE * SIDE * 3, 256), raw)
      .toFormat(format)
      .toFile(join(folder, `image.${format}`));
  }
  await writeFile(join(folder, "image.svg"), `<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"/>`);
}

async function makeModels(folder: string): Promise<void> {
  const inputShape = [SIDE, SIDE, 1] as const;
  const linear = buildModel("linear", { inputShape, classes: CLASSES, seed: 1 });
  const metadata: ModelMetadata = {
    formatVersion: 1,
    architecture: "linear",
    inputShape,
    classes: ["a", "b", "c"],
    training: { sigma: 0.5 },
  };
  await saveModel(linear, metadata, join(folder, "linear"));
  await saveModel(residualModel(), { ...metadata, architecture: "foreign" }, join(folder, "residual"));
  await saveModel(stackedModel(), { ...metadata, architecture: "foreign" }, join(folder, "stacked"));
  await saveOnnx(linear, join(folder, "linear.onnx"), { metadata });
  await saveOnnx(residualModel(), join(folder, "residual.onnx"), {});
}

/** Weights of a seed: an input must be the same whenever it is made. */
function convolution(seed: number): Parameters<typeof tfl.layers.conv2d>[0] {
  const kernelInitializer = tfl.initializers.glorotUniform({ seed });
  return { filters: 4, kernelSize: 3, padding: "same", kernelInitializer };
}

function dense(units: number): Parameters<typeof tfl.layers.dense>[0] {
  return { units, kernelInitializer: tfl.initializers.glorotUniform({ seed: units }) };
}

/** Two branches with convolutions and a batch norm, joined. */
function residualModel(): tfl.LayersModel {
  const pixels = tfl.input({ shape: [SIDE, SIDE, 1] });
  const apply = (layer: tfl.layers.Layer, on: tfl.SymbolicTensor | tfl.SymbolicTensor[]): tfl.SymbolicTensor =>
    layer.apply(on) as tfl.SymbolicTensor;
  const first = apply(tfl.layers.conv2d({ ...convolution(1), activation: "relu" }), pixels);
  const second = apply(tfl.layers.conv2d(convolution(2)), first);
  const sum = apply(tfl.layers.add(), [first, apply(tfl.layers.batchNormalization(), second)]);
  const pooled = apply(tfl.layers.globalAveragePooling2d({}), apply(tfl.layers.reLU(), sum));
  return tfl.model({ inputs: pixels, outputs: apply(tfl.layers.dense(dense(CLASSES)), pooled) });
}

/** A Sequential with a model within it. */
function stackedModel(): tfl.LayersModel {
  const model = tfl.sequential();
  model.add(tfl.layers.maxPooling2d({ poolSize: 2, inputShape: [SIDE, SIDE, 1] }));
  model.add(tfl.layers.zeroPadding2d({ padding: 1 }));
  model.add(tfl.sequential({ layers: [tfl.layers.flatten({ inputShape: [6, 6, 1] }), tfl.layers.dense(dense(5))] }));
  model.add(tfl.layers.dropout({ rate: 0.1 }));
  model.add(tfl.layers.dense({ ...dense(CLASSES), activation: "softmax" }));
  return model;
}

async function makeRuns(folder: string): Promise<void> {
  const data = `idx:${join(folder, "images.idx")},${join(folder, "labels.idx")}`;
  const run = join(folder, "run");
  const training = ["--model", "linear", "--epochs", "2", "--batch", "4", "--engine", "cpu"];
  await smoothcert("train", "--data", data, ...training, "--out", run);
  const samples = ["--n", "200", "--n0", "20", "--threads", "1"];
  await smoothcert("certify", run, "--data", data, ...samples, "--out", join(folder, "certify.tsv"));
  await timeless(join(folder, "certify.tsv"), join(folder, "log.tsv"));
  const attack = await openAttack(join(folder, "attack.tsv"), ATTACK);
  for (let idx = 0; idx < 4; idx++) attack.append(attackRow(idx));
  attack.close();
  await writeFile(join(folder, "cohen.tsv"), COHEN);
}

/** Copies a log without what differs from run to run. */
async function timeless(log: string, copy: string): Promise<void> {
  const header = (await readHeader(log))!;
  // The model's file holds the path of its data, which lie in a folder of this run.
  const model = { ...header.model, hash: ATTACK.log };
  const out = await fileLogStore(copy).open({ ...header, model, created: ATTACK.created });
  for (const row of (await readLog(log)).rows) out.append({ ...row, time: 0.5 });
  out.close();
}

function attackRow(idx: number): AttackRow {
  const votes = [[1, 990] as const, [2, 10] as const];
  const inside = { insideNorm: 0.4, insidePredict: 1, insideCounts: votes, broken: false };
  return { idx, label: 1, predict: 1, radius: 0.5, ...inside, attackRadius: 0.75, attackPredict: 2, time: 1.25 };
}

const COHEN = `idx	label	predict	radius	correct	time
0	7	7	1.22	1	0:00:15.400000
20	9	9	0.512	1	0:00:15.300000
40	1	-1	0.0	0	0:00:15.200000
60	3	5	0.04	0	0:00:15.600000
`;
