import { appendFileSync, existsSync, readFileSync } from "node:fs";
import * as tf from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";
import { buildModel, type Dataset, loadDataset, takeFirst, useEngine } from "smoothcert";
import { completeSettings, createObjective, drawCopies, gaussianCopies, train } from "smoothcert/train";

/**
 * What the initial weights decide: LeNet on a third of MNIST by the steps of the recipe mnist/gaussian, for an epoch of
 * 20,000 images, from He's initialisation, from PyTorch's, and from He's with a learning rate that rises over the first
 * 50 of its 79 steps; ten seeds each. A row holds the loss, and how many filters and units are dead before and after.
 * Rows go to a file that a second call goes on with. After `npm run build`: node dist/bench/initialisation.js
 * [bench/initialisation.tsv]
 */

const SIGMA = 0.5;
const IMAGES = 20_000;
const SEEDS = 10;
const INITIALISATIONS = ["he", "pytorch", "he, rising rate"] as const;
/** Noisy training images on which a unit must be 0 to count as dead. */
const PROBES = 512;

type Initialisation = (typeof INITIALISATIONS)[number];

const file = process.argv[2] ?? "bench/initialisation.tsv";

function built(initialisation: Initialisation, seed: number, { shape, classes }: Dataset): tfl.LayersModel {
  const initialization = initialisation === "pytorch" ? "pytorch" : "he";
  return buildModel("lenet", { inputShape: shape, classes: classes.length, seed, initialization });
}

/** For each layer with a ReLU, the filters or units that are 0 wherever they are on all probes. */
function deadUnits(model: tfl.LayersModel, dataset: Dataset): number[] {
  return tf.tidy(() => {
    const examples = Array.from({ length: PROBES }, (_, i) => i);
    const augmentation = gaussianCopies(SIGMA);
    const { images } = drawCopies({ dataset, augmentation, examples, copies: 1, seed: 1, firstSample: 1000 });
    const active = model.layers.filter((layer) => layer.getConfig().activation === "relu");
    return active.map((layer) => {
      const outputs = tfl.model({ inputs: model.inputs, outputs: layer.output as tfl.SymbolicTensor });
      const values = outputs.predict(images) as tf.Tensor;
      const most = tf.max(tf.reshape(values, [-1, values.shape.at(-1)!]), 0);
      return tf.sum(tf.cast(tf.lessEqual(most, 0), "int32")).dataSync()[0];
    });
  });
}

await useEngine("auto");
const dataset = takeFirst(await loadDataset("mnist", "train"), IMAGES);
if (!existsSync(file)) appendFileSync(file, "initialisation\tseed\tloss\tdeadBefore\tdeadAfter\n");
const done = new Set(
  readFileSync(file, "utf8")
    .split("\n")
    .map((line) => line.split("\t").slice(0, 2).join("\t")),
);
for (let seed = 0; seed < SEEDS; seed++) {
  for (const initialisation of INITIALISATIONS) {
    if (done.has(`${initialisation}\t${seed}`)) continue;
    const model = built(initialisation, seed, dataset);
    const before = deadUnits(model, dataset).join(",");
    const { history } = await train({
      model,
      dataset,
      objective: createObjective({ name: "gaussian" }),
      augmentation: gaussianCopies(SIGMA),
      settings: completeSettings({
        epochs: 1,
        batch: 256,
        lr: 0.01,
        lrRamp: initialisation === "he, rising rate" ? 50 : 0,
        schedule: "step",
        lrStep: 30,
        warmup: 0,
        seed,
      }),
    });
    const row = [initialisation, seed, history[0].loss.toFixed(4), before, deadUnits(model, dataset).join(",")].join(
      "\t",
    );
    appendFileSync(file, `${row}\n`);
    console.log(row);
    model.dispose();
  }
}
