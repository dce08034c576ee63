import { type Command, Option } from "commander";
import { type BaseClassifier, type CertificationRun, fingerprintOf, type Shard } from "../certify/index.js";
import { ArgumentError, requireThat, writeWhole } from "../src/index.js";
import { type ArrayJob, kubernetesManifest, sbatchScript } from "./job-scripts.js";
import { outputName } from "./options.js";
import { requireNew } from "./output-file.js";
import { print } from "./print.js";
import { type AskedShard, askedShard, shardLog } from "./shard.js";

/** The options of `certify` that cut a certification into shards. */
export interface ShardOptions {
  readonly shard?: AskedShard | true;
  readonly writeSbatch?: string;
  readonly writeKubernetes?: string;
}

export function withShardOptions(command: Command): Command {
  return command
    .optionsGroup("Many machines (docs/cluster.md):")
    .addOption(
      new Option(
        "--shard [i/N]",
        "certify every N-th image from the i-th on, into LOG.iofN; what isn't given is taken from the job array of " +
          "Slurm, Kubernetes or AWS Batch: --shard N, or --shard alone",
      ).argParser(askedShard),
    )
    .option(
      "--write-sbatch <file>",
      "with --shard N: write a job array for Slurm instead",
      outputName("--write-sbatch"),
    )
    .option(
      "--write-kubernetes <file>",
      "with --shard N: write an Indexed Job for Kubernetes instead",
      outputName("--write-kubernetes"),
    );
}

/** What a run of a shard is told beside the rest. */
export async function shardSettings(
  shard: Shard | undefined,
  classifier: BaseClassifier,
): Promise<Pick<CertificationRun, "shard" | "fingerprint">> {
  return shard === undefined ? {} : { shard, fingerprint: await fingerprintOf(classifier) };
}

/**
 * Writes the job scripts that are asked for.
 *
 * @param words of the command line @param out the log of all shards
 * @returns whether any was: then nothing is certified now
 */
export async function writeJobScripts(
  { shard, writeSbatch, writeKubernetes }: ShardOptions,
  words: readonly string[],
  out: string,
): Promise<boolean> {
  if (writeSbatch === undefined && writeKubernetes === undefined) return false;
  if (shard === undefined || shard === true || shard.count === undefined || shard.index !== undefined) {
    const argument = writeSbatch === undefined ? "--write-kubernetes" : "--write-sbatch";
    throw new ArgumentError(`${argument} needs the number of shards: --shard N`, argument, shard);
  }
  const pattern = shardLog(out, { index: 0, count: shard.count }).replace(/\.0of(\d+)/, ".*of$1");
  requireThat(writeSbatch !== writeKubernetes, "certify", "--write-kubernetes", "another file", writeKubernetes);
  for (const file of [writeSbatch, writeKubernetes]) if (file !== undefined) requireNew(file);
  const job: ArrayJob = { words: withoutScripts(words), shards: shard.count, out, pattern };
  if (writeSbatch !== undefined) {
    await writeWhole(writeSbatch, sbatchScript(job));
    print(`${writeSbatch}: an array of ${shard.count} tasks. Look at its limits, then: sbatch ${writeSbatch}`);
  }
  if (writeKubernetes !== undefined) {
    await writeWhole(writeKubernetes, kubernetesManifest(job));
    print(`${writeKubernetes}: an Indexed Job. Fill in image and claim, then: kubectl apply -f ${writeKubernetes}`);
  }
  return true;
}

/** The words of the command that each task runs. */
function withoutScripts(words: readonly string[]): string[] {
  const dropped = ["--shard", "--write-sbatch", "--write-kubernetes"];
  return words.filter((word, i) => {
    const isValue = dropped.includes(words[i - 1] ?? "");
    return !isValue && !dropped.some((option) => word === option || word.startsWith(`${option}=`));
  });
}
