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

/** Whose jobs a queue holds: each kind has a queue of its own at the same address. */
type QueueKind = "certifications" | "sweeps";

/**
 * Opens the queue that the option or the environment names.
 *
 * @throws ArgumentError if neither does, or for what is no address; EngineError if it can't be used
 */
export async function openQueue(
  { queue = process.env.SMOOTHCERT_QUEUE }: QueueOptions,
  of: QueueKind = "certifications",
): Promise<Transport> {
  if (queue === undefined || queue === "") {
    throw new ArgumentError("--queue must be given, as dir:PATH or redis://HOST:PORT/DB", "--queue", queue);
  }
  const folder = folderOf(queue);
  if (folder !== undefined) return folderTransport(partOf(folder, of));
  const lost = (problem: string): void => warn(`the connection to the queue is lost (${problem}): trying again`);
  return redisTransport(queue, { lost, ...(of === "sweeps" && { prefix: "smoothcert-sweeps" }) });
}

/**
 * The queues at the address, of the kinds that are there: to look at a folder doesn't make queues in it.
 *
 * @throws FileError if a folder holds none, and as {@link openQueue} does
 */
export async function existingQueues(options: QueueOptions): Promise<Partial<Record<QueueKind, Transport>>> {
  const folder = folderOf(options.queue ?? process.env.SMOOTHCERT_QUEUE ?? "");
  const isThere = (of: QueueKind): boolean => folder === undefined || existsSync(join(partOf(folder, of), "plans"));
  const kinds = (["certifications", "sweeps"] as const).filter(isThere);
  if (folder !== undefined && kinds.length === 0) {
    throw new FileError(folder, "holds no queue. Check the path: 'submit', 'sweep --queue' and 'worker' make queues");
  }
  return Object.fromEntries(await Promise.all(kinds.map(async (of) => [of, await openQueue(options, of)] as const)));
}

function partOf(folder: string, of: QueueKind): string {
  return of === "sweeps" ? join(folder, "sweeps") : folder;
}

/** The folder of `dir:PATH`; undefined for other addresses. */
function folderOf(queue: string): string | undefined {
  return queue.startsWith("dir:") && queue.length > 4 ? queue.slice(4) : undefined;
}

/** A plan for a person: `certification 1a2b3c4d of lenet on mnist test`. */
export function planText({ id, header }: Plan): string {
  return `certification ${id.slice(0, 8)} of ${header.model.name} on ${header.data.name} ${header.data.split}`;
}
