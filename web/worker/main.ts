/** The worker: opens a model, draws noisy copies, counts votes, and makes the log. */
import type { Answer, Request, Tasks } from "../messages.js";
import { certifyImage } from "./certify-image.js";
import { Gate } from "./gate.js";
import { logFiles, planOf } from "./log.js";
import { type OpenedModel, openModel } from "./model.js";
import { wasmRuntime } from "./runtime.js";

const gate = new Gate();
let opened: OpenedModel | undefined;

/** The worker's end of the line. */
const page = globalThis as unknown as {
  postMessage(answer: Answer): void;
  onmessage: (event: MessageEvent<Request>) => void;
};

page.onmessage = ({ data }) => {
  if ("id" in data) void answer(data);
  else if (data.task === "pause") gate.close();
  else gate.open();
};

type Task = Extract<Request, { readonly id: number }>;

async function answer(request: Task): Promise<void> {
  const { id } = request;
  try {
    page.postMessage({ id, gave: await done(request) });
  } catch (error) {
    page.postMessage({ id, failure: error instanceof Error ? error.message : String(error) });
  }
}

async function done(request: Task): Promise<Tasks[keyof Tasks][1]> {
  if (request.task === "open") {
    const { name, bytes } = request.given;
    opened = await openModel(wasmRuntime(), name, bytes);
    return opened.facts;
  }
  if (opened === undefined) throw new Error("no model is open");
  const { network, facts } = opened;
  if (request.task === "plan") return planOf(network, facts, request.given).largestRadius;
  if (request.task === "log") return logFiles(network, facts, request.given);
  const { settings, idx, pixels } = request.given;
  return certifyImage(network, settings, idx, pixels, gate, (moment) => page.postMessage({ idx, moment }));
}
