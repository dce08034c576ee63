import { once } from "node:events";
import { createReadStream } from "node:fs";
import { createServer, type Server, type ServerResponse } from "node:http";
import { ArgumentError, type Dataset, type Example, show } from "../src/index.js";
import { listening } from "./listening.js";

/** Hands a model and a data set out by their hashes, for workers that don't have them. */

/** What is handed out: a file by its SHA-256, a data set by its hash. */
export interface ServedFiles {
  readonly model: { readonly hash: string; readonly path: string };
  readonly dataset: Dataset;
}

/** Bytes that are sent at a time, at least. */
const CHUNK = 1 << 20;

/** Where {@link serveFiles} listens: `HOST:PORT`, or `PORT` for all interfaces. */
export interface Endpoint {
  readonly host: string | undefined;
  readonly port: number;
}

/** A commander option parser for an {@link Endpoint}; IPv6 in brackets. */
export function endpoint(text: string): Endpoint {
  const [, host, port] = /^(?:(\[[^\]]+\]|[^:\s]+):)?(\d{1,5})$/.exec(text) ?? [];
  if (port !== undefined && Number(port) < 65_536) return { host: host?.replace(/^\[|\]$/g, ""), port: Number(port) };
  throw new ArgumentError(`--serve must be PORT or HOST:PORT, got ${show(text)}`, "--serve", text);
}

/**
 * Answers `GET /models/HASH` with the file, and `GET /data/HASH` with each image's label (4 bytes, little-endian) and
 * pixels (bytes, or little-endian floats); all else with 404.
 *
 * @returns the server, which listens, and its port
 * @throws Error as {@link listening} does
 */
export async function serveFiles(
  files: ServedFiles,
  { host, port }: Endpoint,
): Promise<{ server: Server; port: number }> {
  const server = createServer((request, response) => {
    answer(files, request.method === "GET" ? request.url : undefined, response).catch(() => response.destroy());
  });
  return { server, port: await listening(server, host, port, "--serve") };
}

async function answer(
  { model, dataset }: ServedFiles,
  path: string | undefined,
  response: ServerResponse,
): Promise<void> {
  if (path === `/models/${model.hash}`) {
    createReadStream(model.path)
      .on("error", () => response.destroy())
      .pipe(response);
  } else if (path === `/data/${dataset.hash()}`) await sendImages(dataset, response);
  else response.writeHead(404).end("nothing of this hash is served\n");
}

async function sendImages(dataset: Dataset, response: ServerResponse): Promise<void> {
  let [waiting, bytes]: [Buffer[], number] = [[], 0];
  const send = async (): Promise<void> => {
    const hasRoom = response.write(Buffer.concat(waiting));
    [waiting, bytes] = [[], 0];
    if (!hasRoom) await Promise.race([once(response, "drain"), once(response, "close")]);
  };
  for (let i = 0; i < dataset.length && !response.destroyed; i++) {
    const image = imageBytes(dataset.example(i));
    waiting.push(image);
    bytes += image.length;
    if (bytes >= CHUNK) await send();
  }
  response.end(Buffer.concat(waiting));
}

function imageBytes({ label, pixels }: Example): Buffer {
  const bytes = Buffer.alloc(4 + pixels.byteLength);
  bytes.writeUInt32LE(label);
  bytes.set(new Uint8Array(pixels.buffer, pixels.byteOffset, pixels.byteLength), 4);
  return bytes;
}
