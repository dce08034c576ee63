import type { Queue, Worker } from "bullmq";
import type { Redis } from "ioredis";
import { EngineError } from "../../src/index.js";
import type { RedisAddress } from "./redis-address.js";

/** What Redis queues are made with. They are no part of the package: who wants them adds them. */
export interface RedisPackages {
  readonly Queue: typeof Queue;
  readonly Worker: typeof Worker;
  readonly Redis: typeof Redis;
}

/** How a user adds them. */
export const REDIS_INSTALLATION = "npm install bullmq@6.7.0 ioredis@6.0.0";

/** @throws EngineError saying how to install them, where they are missing */
export async function redisPackages(): Promise<RedisPackages> {
  try {
    const [{ Queue, Worker }, { Redis }] = [await import("bullmq"), await import("ioredis")];
    return { Queue, Worker, Redis };
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const why = code === "ERR_MODULE_NOT_FOUND" ? "are not installed" : `can't be loaded (${message.split("\n")[0]})`;
    const remedy = `Install them beside smoothcert: ${REDIS_INSTALLATION}`;
    throw new EngineError(`queues on Redis need bullmq and ioredis, which ${why}. ${remedy}`, { cause });
  }
}

/** How long the first connection may take, in milliseconds. */
const FIRST_CONNECTION = 10_000;
/** The longest pause between two attempts to connect again, in milliseconds. */
const LONGEST_PAUSE = 2000;

/**
 * Connects to a Redis. A connection that is lost later comes again by itself, and what is asked meanwhile waits.
 *
 * @param lost is told once of each loss
 * @throws EngineError, which shows no password, if the first attempt fails
 */
export async function connectRedis(
  { Redis: Client }: RedisPackages,
  address: RedisAddress,
  lost: (problem: string) => void,
): Promise<Redis> {
  const options = optionsOf(address);
  await requireConnection(Client, address, options);
  const client = new Client({
    ...options,
    maxRetriesPerRequest: null,
    retryStrategy: (times) => Math.min(LONGEST_PAUSE, 100 * times),
  });
  let isLost = false;
  client.on("error", (error: Error) => {
    if (!isLost) lost(error.message);
    isLost = true;
  });
  client.on("ready", () => {
    isLost = false;
  });
  return client;
}

function optionsOf({ host, port, db, username, password, tls }: RedisAddress) {
  return {
    host,
    port,
    db,
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    ...(tls && { tls: { servername: host } }),
    connectTimeout: FIRST_CONNECTION,
  };
}

/** Whether one is let in is known before any work begins: a wrong password will not be right later. */
async function requireConnection(
  Client: RedisPackages["Redis"],
  { name }: RedisAddress,
  options: ReturnType<typeof optionsOf>,
): Promise<void> {
  const probe = new Client({
    ...options,
    lazyConnect: true,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  });
  let first: Error | undefined;
  probe.on("error", (error: Error) => {
    first ??= error;
  });
  try {
    await probe.connect();
    await probe.ping();
  } catch (error) {
    throw new EngineError(`queue ${name}: can't be used: ${(first ?? (error as Error)).message}`);
  } finally {
    probe.disconnect();
  }
}
