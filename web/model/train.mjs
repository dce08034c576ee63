// Trains the small classifier of digits that the browser page shows, and writes it beside this file:
//   npm run build && node web/model/train.mjs
// On WebAssembly, whose arithmetic is the same everywhere, the same version of smoothcert writes the same bytes again.
import { fileURLToPath } from "node:url";
import * as tfl from "@tensorflow/tfjs-layers";
import { loadDataset, saveOnnx, takeFirst, useEngine, VERSION } from "smoothcert";
import { completeSettings, createObjective, gaussianCopies, train } from "smoothcert/train";

const SIGMA = 0.5;
const COPIES = 2;
// Not 0, which TensorFlow.js takes for none.
const SEED = 1;

await useEngine("wasm");
const dataset = takeFirst(await loadDataset("mnist", "train"), 30_000);

/** Convolutions of 8 and 16 filters, each with a pooling layer, and 64 hidden units: 20,522 weights. */
function network() {
  const kernelInitializer = tfl.initializers.heNormal({ seed: SEED });
  const convolution = (filters, name) =>
    tfl.layers.conv2d({ filters, kernelSize: 5, activation: "relu", kernelInitializer, name });
  const pool = (name) => tfl.layers.maxPooling2d({ poolSize: 2, name });
  const layers = [
    convolution(8, "conv1"),
    pool("pool1"),
    convolution(16, "conv2"),
    pool("pool2"),
    tfl.layers.flatten({ name: "flatten" }),
    tfl.layers.dense({ units: 64, activation: "relu", kernelInitializer, name: "hidden" }),
    tfl.layers.dense({ units: 10, kernelInitializer, name: "logits" }),
  ];
  const inputs = tfl.input({ shape: [...dataset.shape], name: "pixels" });
  return tfl.model({ inputs, outputs: layers.reduce((x, layer) => layer.apply(x), inputs), name: "digits" });
}

const model = network();
const settings = completeSettings({ epochs: 3, warmup: 1, seed: SEED, lr: 0.03 });
const objective = createObjective({ name: "maxup", copies: COPIES });
const onEpoch = (record) => console.log(JSON.stringify(record));
await train({ model, dataset, objective, augmentation: gaussianCopies(SIGMA), settings, hooks: { onEpoch } });

const training = {
  sigma: SIGMA,
  objective: "maxup",
  copies: COPIES,
  data: { name: dataset.name, hash: dataset.hash() },
  dataSpec: "mnist",
  seed: SEED,
  epochs: settings.epochs,
};
const metadata = {
  formatVersion: 1,
  architecture: "foreign",
  inputShape: dataset.shape,
  classes: dataset.classes,
  training,
  smoothcertVersion: VERSION,
};
await saveOnnx(model, fileURLToPath(new URL("digits.onnx", import.meta.url)), { metadata });
