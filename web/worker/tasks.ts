import type { Answer, Request, Tasks } from "../messages.js";
import { certifyImage } from "./certify-image.js";
import { Gate } from "./gate.js";
import { logFiles, planOf } from "./log.js";
import type { OpenedModel } from "./model.js";

/** The worker's end of the line. */
const page = globalThis as unknown as {
  postMessage(answer: Answer): void;
  onmessage: (event: MessageEvent<Request>) => void;
};

const gate = new Gate();
let opened: OpenedModel | undefined;

/** Opens a model, by its name and bytes. @throws Error saying what is wrong with it */
type Open = (name: string, bytes: Uint8Array) => Promise<OpenedModel>;

/** Does what the page asks for: opens a model, draws noisy copies and counts votes, makes the log. */
export function doTasks(open: Open): void {
  page.onmessage = ({ data }) => {
    if ("id" in data) void answer(data, open);
    else if (data.task === "pause") gate.close();
    else gate.open();
  };
}

type Task = Extract<Request, { readonly id: number }>;

async function answer(request: Task, open: Open): Promise<void> {
  const { id } = request;
  try {
    page.postMessage({ id, gave: await done(request, open) });
  } catch (error) {
    page.postMessage({ id, failure: error instanceof Error ? error.message : String(error) });
  }
}

async function done(request: Task, open: Open): Promise<Tasks[keyof Tasks][1]> {
  if (request.task === "open") {
    const { name, bytes } = request.given;
    opened = await open(name, bytes);
    return opened.facts;
  }
  if (opened === undefined) throw new Error("no model is open");
  const { network, facts } = opened;
  if (request.task === "plan") return planOf(network, facts, request.given).largestRadius;
  if (request.task === "log") return logFiles(network, facts, request.given);
  const { settings, idx, pixels } = request.given;
  return certifyImage(network, settings, idx, pixels, gate, (moment) => page.postMessage({ idx, moment }));
}
