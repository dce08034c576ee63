import { Command } from "commander";
import { headerPath } from "../certify/index.js";
import { type EngineChoice, FOREIGN, type ImageShape, requireThat, requireWritable } from "../src/index.js";
import { runCertification } from "./certification.js";
import {
  type CertificationOptions,
  defaultLog,
  openCertification,
  withCertificationOptions,
} from "./certify-options.js";
import { summarize } from "./certify-summary.js";
import { AUTO, computationFor } from "./computation.js";
import { withClassifierOptions } from "./model-options.js";
import {
  type FeedOptions,
  findModel,
  type ModelSource,
  RUNTIMES,
  type Runtime,
  requireSomething,
} from "./model-source.js";
import type { ForeignModel } from "./noise-free.js";
import { outputName } from "./options.js";
import { thisCommand } from "./print.js";
import { shardLog, shardOf } from "./shard.js";
import { type ShardOptions, shardSettings, withShardOptions, writeJobScripts } from "./shard-options.js";

interface CertifyOptions extends CertificationOptions, ShardOptions {
  readonly engine: EngineChoice;
  readonly runtime?: Runtime | typeof AUTO;
  readonly out?: string;
  readonly json?: true;
}

const HELP = `
The log starts with the columns of Cohen et al. (idx label predict radius
correct time); a predict of -1 means that the classifier abstains. LOG.json
beside it records the settings. Radii are for pixels in [0, 1], rounded down; for
a table (npy [N, features]), sigma and radii are in the data's own units. Their
norm is that of the noise. docs/soundness.md says exactly what is claimed.
If the command is interrupted, rerun it to resume.

Before certifying, the command reports how many of 100 images the model labels
correctly without noise. If few, it suggests what may be wrong with the input.
docs/models.md explains the inputs and outputs of models from other tools.

--bound per-image takes for each image, by the votes of its n0 samples, the
bounds that promise the larger radius. Radii are larger than one-sided ones where
the other votes go to several classes, and even a class whose probability is
below 1/2 may be certified; elsewhere they are the same, or a little smaller.

--stop saves samples: easy images end after a few hundred, hopeless ones even
sooner. Each certificate still holds with probability 1 - alpha.
  radii:LIST   Sampling of an image ends once every radius in LIST is certified,
               or once the smallest that isn't is unlikely to be certified with
               n samples. A radius that is neither certified nor ruled out is
               undecided: it counts as not certified, and the summary says how
               many there are. The log covers only the radii in LIST, since
               sampling ends before an image's own radius is known: it has
               neither curve nor average radius. With --patience X the smallest
               radius is given up where more samples cost more than they may
               give: if there is no number of them that certifies it with a
               chance of at least that number / (X n). With X = 2.5 to radius
               1, 28% fewer samples certified, at each radius, all but 2 of 500
               images that were certified without (bench/RESULTS.md).
  precision:X  Sampling of an image ends once n samples are unlikely to certify
               a radius larger by more than X.

--interval, with --stop radii or precision, is how the bounds hold at whatever
number of samples an image ends. union divides alpha among the numbers at which
it may end. betting bets against each possible value of the probability, and
rules it out once the capital has grown 1/alpha-fold. betting-prior does so too,
guided by the n0 samples of the selection: it needs the fewest samples,
especially for clear images, but certifies fewer of the radii that need about n
samples. All three are sound.

Examples:
  smoothcert certify runs/maxup --n 100000 --skip 20
  smoothcert certify runs/maxup --stop radii:0,0.25,0.5,0.75,1
  smoothcert certify runs/maxup --stop radii:0,0.5,1 --patience 2.5 --interval betting-prior
  smoothcert certify runs/maxup --bound multi-class --n0 0 --out runs/maxup/multi-class.tsv
  smoothcert certify runs/maxup --bound per-image --out runs/maxup/per-image.tsv
  smoothcert certify foreign.onnx --data mnist --sigma 0.5 --n 10000 --skip 100 --out foreign.tsv
  smoothcert certify imagenet.onnx --data folder:imagenette --labels imagenette.txt --sigma 0.5
  smoothcert certify runs/maxup --noise uniform --sigma 0.5 --out runs/maxup/uniform.tsv
  smoothcert certify runs/maxup --shard 3/7
  smoothcert certify spam.onnx --data npy:x.npy,y.npy --binary probability --sigma 0.1`;

/** `smoothcert certify MODEL`: Cohen's CERTIFY on a test set, one row per image. */
export function certifyCommand(): Command {
  const command = new Command("certify")
    .description("certify a model's predictions under noise, one row per image")
    .argument("<model>", "a run folder, a TensorFlow.js model folder, or an .onnx file");
  withShardOptions(withClassifierOptions(withCertificationOptions(command), [...RUNTIMES, AUTO]));
  return command
    .optionsGroup("Output:")
    .option(
      "--out <log>",
      "the log (tab-separated); by default certify.tsv in the model's folder, or MODEL.certify.tsv beside MODEL.onnx",
      outputName("--out"),
    )
    .option("--json", "print the summary as one JSON object")
    .addHelpText("after", HELP)
    .action(certify);
}

async function certify(path: string, options: CertifyOptions): Promise<void> {
  requireSomething(path);
  const whole = options.out ?? defaultLog(path);
  if (await writeJobScripts(options, process.argv.slice(2), whole)) return;
  const asked = options.shard === true ? {} : options.shard;
  const shard = asked && shardOf(asked, process.env);
  const out = shard === undefined ? whole : shardLog(whole, shard);
  for (const file of [out, headerPath(out)]) requireWritable(file);
  const oneForAll = shard === undefined || options.runtime !== AUTO;
  requireThat(oneForAll, "certify", "--runtime", "the same for all shards: onnx or tfjs", options.runtime);
  const { runtime, provider } = await computationFor(path, out, options);
  const source = await findModel(path, options.engine, runtime);
  const opened = await openCertification(path, source, { ...options, ...(provider !== undefined && { provider }) });
  const run = { ...opened.run, ...(await shardSettings(shard, opened.run.classifier)) };
  const foreign = foreignModel(source, run.dataset.shape, opened.feed);
  await runCertification({ run, out, foreign, resumeCommand: thisCommand() });
  await summarize(out, run.classifier.name, options.json === true);
}

/** The model as it could be fed otherwise; undefined for one of ours, which prepares pixels by itself. */
function foreignModel(source: ModelSource, shape: ImageShape, feed: FeedOptions): ForeignModel | undefined {
  if (source.metadata !== undefined && source.metadata.architecture !== FOREIGN) return undefined;
  return { feed, open: (other) => source.open(shape, other) };
}
