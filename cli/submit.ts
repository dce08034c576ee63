import { statSync } from "node:fs";
import type { Server } from "node:http";
import { join } from "node:path";
import { Command } from "commander";
import {
  blocksOf,
  fileLogStore,
  headerOf,
  headerPath,
  type Plan,
  planCertification,
  type SubmissionOutcome,
  settingsHash,
  stopsEarly,
  submit,
  type Transport,
} from "../certify/index.js";
import { ArgumentError, type Dataset, digestOf, requireWritable } from "../src/index.js";
import { counted } from "../src/text/counted.js";
import { tellCaveats } from "./certification.js";
import {
  type CertificationOptions,
  defaultLog,
  openCertification,
  withCertificationOptions,
} from "./certify-options.js";
import { summarize } from "./certify-summary.js";
import { interruptible } from "./interrupt.js";
import { withFeedOptions, withSpeedOptions } from "./model-options.js";
import { type FeedOptions, findModel } from "./model-source.js";
import { integer, outputName } from "./options.js";
import { note, thisCommand, warn } from "./print.js";
import { type Progress, startProgress } from "./progress.js";
import { openQueue, planText, type QueueOptions, withQueueOption } from "./queue.js";
import { type Endpoint, endpoint, serveFiles } from "./serve-files.js";

interface SubmitOptions extends CertificationOptions, QueueOptions {
  readonly blocks?: number;
  readonly serve?: Endpoint;
  readonly out?: string;
  readonly json?: true;
}

const HELP = `
The command queues a job for each image that the log lacks, waits for the
results, and writes rows in order as they come. Workers find model and data by
their hashes: see smoothcert worker --help. Results that are ahead of the log are
kept in LOG.parts. After an interruption, rerun the command; workers go on
meanwhile. A job that fails three times is reported, and the others go on.
'smoothcert certify --help' explains --bound, --interval, --stop and --patience.

Examples:
  smoothcert submit runs/maxup --n 100000 --skip 20 --queue dir:/shared/queue
  SMOOTHCERT_QUEUE=redis://queue.example:6379 smoothcert submit imagenet.onnx \\
    --data folder:imagenet --labels map.txt --sigma 0.5 --blocks 10`;

/** `smoothcert submit MODEL`: a certification by the workers of a queue. */
export function submitCommand(): Command {
  const command = new Command("submit")
    .description("certify by the workers of a queue, one row per image")
    .argument("<model>", "a run folder, or an .onnx file");
  return withQueueOption(withSpeedOptions(withFeedOptions(withCertificationOptions(command))))
    .option(
      "--blocks <k>",
      "cut images into jobs of k blocks of 1000 samples (for a fixed n); by default a job is an image",
      integer("--blocks", 1),
    )
    .option(
      "--serve <[host:]port>",
      "meanwhile hand out model and data over HTTP to whoever knows their hashes: workers' --fetch",
      endpoint,
    )
    .optionsGroup("Output:")
    .option("--out <log>", "the log; by default where certify writes it", outputName("--out"))
    .option("--json", "print the summary as one JSON object")
    .addHelpText("after", HELP)
    .action(submitAction);
}

async function submitAction(path: string, options: SubmitOptions): Promise<void> {
  if (options.blocks !== undefined && stopsEarly(options)) {
    throw new ArgumentError("--blocks is for a fixed number of samples: leave --stop out", "--blocks", options.blocks);
  }
  const source = await findModel(path, "auto", "onnx");
  const out = options.out ?? defaultLog(path);
  for (const file of [out, headerPath(out), `${out}.parts`]) requireWritable(file);
  const { run: asked, feed } = await openCertification(path, source, options);
  const { run, indices } = planCertification(asked);
  tellCaveats(run);
  const header = headerOf(run);
  await asked.classifier.close?.();
  const modelFile = statSync(path).isDirectory() ? join(path, "model.onnx") : path;
  const plan: Plan = {
    format: "smoothcert-plan",
    version: 1,
    id: settingsHash(header),
    header,
    modelFile: Buffer.from(await digestOf(modelFile)).toString("hex"),
    feed: toldFeed(feed),
  };
  const served = options.serve && (await serve(options.serve, plan.modelFile, modelFile, run.dataset));
  const queue = await openQueue(options);
  try {
    note(`Queueing ${planText(plan)} in ${queue.name}`);
    report(await watched(queue, plan, indices, out, options.blocks), out);
  } finally {
    await queue.close();
    served?.closeAllConnections();
    served?.close();
  }
  await summarize(out, run.classifier.name, options.json === true);
}

async function serve(at: Endpoint, hash: string, path: string, dataset: Dataset): Promise<Server> {
  const { server, port } = await serveFiles({ model: { hash, path }, dataset }, at);
  note(`Serving model and data on port ${port}: smoothcert worker --fetch http://${at.host ?? "HOST"}:${port}`);
  return server;
}

/** What of a feed decides labels; the rest is each worker's own business. */
function toldFeed({ layout, scaling, output, binary, classes }: FeedOptions): Plan["feed"] {
  return {
    ...(layout && { layout }),
    ...(scaling && { scaling: structuredClone(scaling) as NonNullable<Plan["feed"]["scaling"]> }),
    ...(output !== undefined && { output }),
    ...(binary !== undefined && { binary }),
    ...(classes !== undefined && { classes }),
  };
}

async function watched(
  queue: Transport,
  plan: Plan,
  indices: readonly number[],
  out: string,
  blocksEach: number | undefined,
): Promise<SubmissionOutcome> {
  let progress: Progress | undefined;
  let rows = 0;
  const cut = blocksEach === undefined ? {} : { blocksEach: Math.min(blocksEach, blocksOf(plan.header.n)) };
  const submission = { plan, indices, ...cut, store: fileLogStore(out), partsPath: `${out}.parts` };
  const watch = (signal: AbortSignal): Promise<SubmissionOutcome> =>
    submit(queue, submission, {
      progress(now) {
        rows = now.rows;
        progress ??= startProgress("submit", now.total, "jobs", now.done);
        progress.update(now.done, `${rows}/${indices.length} images in the log`);
      },
      problem: warn,
      signal,
    });
  try {
    const next = `Workers go on; collect with: ${thisCommand()}`;
    return await interruptible(watch, () => `stopped with ${counted(rows, "image")} in the log. ${next}`);
  } finally {
    progress?.stop();
  }
}

function report({ failures, duplicates, functions }: SubmissionOutcome, out: string): void {
  if (functions > 1) warn(`the workers computed ${functions} different functions: ${headerPath(out)} names them`);
  if (duplicates > 0) note(`${counted(duplicates, "count")} came more than once, and all agree`);
  if (failures.length === 0) return;
  const what = `${counted(failures.length, "job")} given up, the first: ${failures[0]}`;
  throw new Error(`${what}. What is done is in ${out} and ${out}.parts; rerun the command to try again`);
}
