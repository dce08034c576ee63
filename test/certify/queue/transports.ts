import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  folderTransport,
  type LogHeader,
  type Plan,
  redisTransport,
  settingsHash,
  type Transport,
} from "smoothcert/certify";
import { RedisServer, redisMissing } from "../../../bench/faults/redis-server.js";

/** The plan of a certification by a model that no worker looks for. */
export function planOf(header: LogHeader): Plan {
  return {
    format: "smoothcert-plan",
    version: 1,
    id: settingsHash(header),
    header,
    modelFile: "ab".repeat(32),
    feed: {},
  };
}

/** A queue of a test's own. */
export interface QueueCase {
  /** Another process's end of the queue. @param seconds of a lease */
  connect(seconds?: number): Promise<Transport>;
  remove(): Promise<void>;
}

/** Every transport, one entry each: why it can't be tested here, and a queue of its own. */
export const TRANSPORTS: Readonly<
  Record<string, { readonly missing: string | undefined; make(): Promise<QueueCase> }>
> = {
  folder: {
    missing: undefined,
    async make() {
      const path = await mkdtemp(join(tmpdir(), "smoothcert-queue-"));
      return {
        connect: (seconds = 30) => folderTransport(path, { seconds }),
        remove: () => rm(path, { recursive: true }),
      };
    },
  },
  redis: {
    missing: redisMissing(),
    async make() {
      const server = await RedisServer.start();
      const open: Transport[] = [];
      return {
        async connect(seconds = 30) {
          const transport = await redisTransport(server.url, { seconds });
          open.push(transport);
          return transport;
        },
        async remove() {
          await Promise.all(open.map((transport) => transport.close()));
          await server.remove();
        },
      };
    },
  },
};
