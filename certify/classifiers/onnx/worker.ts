import { parentPort, workerData } from "node:worker_threads";
import { smoothingOf } from "../../../src/core.js";
import type { Labeler } from "../../sampling/labeler.js";
import { localLabeler } from "../../sampling/local-labeler.js";
import { openOnnxNetwork } from "./open-network.js";
import { packError } from "./thread-error.js";
import { whileBusy } from "./worker-state.js";
import type { LabelAnswer, LabelRequest, WorkerData } from "./workers.js";

/** A thread that draws noisy copies and labels them by a network of its own; see `onnxWorkers`. */

const { file, options, state } = workerData as WorkerData;
/** Awaited where it is needed, not here: a request that comes before there is a listener would be lost outside Node. */
const opening = whileBusy(state, () => openOnnxNetwork(file, options));
const labelers = new Map<string, Labeler>();

async function labelerOf({ noise: id, sigma }: LabelRequest): Promise<Labeler> {
  const key = `${id} ${sigma}`;
  const known = labelers.get(key);
  if (known !== undefined) return known;
  const noise = smoothingOf(id, sigma);
  if (noise === undefined) throw new Error(`this version has no noise ${id}`);
  const labeler = localLabeler(await opening, noise, noise.room);
  labelers.set(key, labeler);
  return labeler;
}

async function answer(request: LabelRequest): Promise<LabelAnswer> {
  try {
    const labeler = await labelerOf(request);
    return { id: request.id, labels: await whileBusy(state, () => labeler.label(request.segments)) };
  } catch (error) {
    return { id: request.id, error: packError(error) };
  }
}

// One after the other: a labeler has one batch.
let last: Promise<void> = Promise.resolve();
parentPort!.on("message", (request: LabelRequest | "close") => {
  if (request === "close") last = last.then(() => parentPort!.close());
  else last = last.then(async () => parentPort!.postMessage(await answer(request)));
});
