import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import { folderTransport, type Plan, redisTransport, type Transport } from "../certify/index.js";
import { ArgumentError, FileError } from "../src/index.js";
import { warn } from "./print.js";

/** What commands are told that use a queue. */
export interface QueueOptions {
  readonly queue?: string;
}

export function withQueueOption(command: Command): Command {
  return command
    .optionsGroup("Queue (docs/cluster.md):")
    .option(
      "--queue <address>",
      "dir:PATH, a folder that all machines share, or redis://HOST:PORT/DB, rediss:// for TLS; by default " +
        "SMOOTHCERT_QUEUE. User and password of a Redis: SMOOTHCERT_QUEUE_USER, SMOOTHCERT_QUEUE_PASSWORD",
    );
}

/**
 * Opens the queue that the option or the environment names.
 *
 * @param of whose jobs it holds: each kind has a queue of its own at the same address
 * @throws ArgumentError if neither does, or for what is no address; EngineError if it can't be used
 */
export async function openQueue(
  { queue = process.env.SMOOTHCERT_QUEUE }: QueueOptions,
  of: "certifications" | "sweeps" = "certifications",
): Promise<Transport> {
  if (queue === undefined || queue === "") {
    throw new ArgumentError("--queue must be given, as dir:PATH or redis://HOST:PORT/DB", "--queue", queue);
  }
  const ofSweeps = of === "sweeps";
  const folder = folderOf(queue);
  if (folder !== undefined) return folderTransport(ofSweeps ? join(folder, "sweeps") : folder);
  const lost = (problem: string): void => warn(`the connection to the queue is lost (${problem}): trying again`);
  return redisTransport(queue, { lost, ...(ofSweeps && { prefix: "smoothcert-sweeps" }) });
}

/**
 * A queue in a folder must be there already: looking at one doesn't make it.
 *
 * @throws FileError
 */
export function requireQueueFolder({ queue = process.env.SMOOTHCERT_QUEUE ?? "" }: QueueOptions): void {
  const folder = folderOf(queue);
  if (folder === undefined || existsSync(join(folder, "plans"))) return;
  throw new FileError(
    folder,
    "holds no queue. Check the path: 'smoothcert submit' and 'smoothcert worker' make queues",
  );
}

/** The folder of `dir:PATH`; undefined for other addresses. */
function folderOf(queue: string): string | undefined {
  return queue.startsWith("dir:") && queue.length > 4 ? queue.slice(4) : undefined;
}

/** A plan for a person: `certification 1a2b3c4d of lenet on mnist test`. */
export function planText({ id, header }: Plan): string {
  return `certification ${id.slice(0, 8)} of ${header.model.name} on ${header.data.name} ${header.data.split}`;
}
