import { createWriteStream } from "node:fs";
import { mkdtemp, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Plan } from "../certify/index.js";
import { MAX_FILE_BYTES } from "../src/files/limits.js";
import { ArgumentError, createDataset, type Dataset, digestOf, dimensionOf, type Split, show } from "../src/index.js";

/** A commander option parser for where a submitter serves its files. */
export function serverUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url && /^https?:$/.test(url.protocol)) return url.href.replace(/\/$/, "");
  throw new ArgumentError(`--fetch must be http://HOST:PORT, of submit --serve, got ${show(text)}`, "--fetch", text);
}

/** Models and data sets of a submitter (`submit --serve`), each fetched once, and refused if its hash is another. */
export class FetchedFiles {
  readonly #url: string;
  readonly #models = new Map<string, Promise<string>>();
  readonly #data = new Map<string, Promise<Dataset>>();
  #folder: Promise<string> | undefined;

  constructor(url: string) {
    this.#url = url;
  }

  /** A file of this SHA-256. @throws Error if it isn't to be had */
  model(hash: string): Promise<string> {
    return kept(this.#models, hash, async () => {
      this.#folder ??= mkdtemp(join(tmpdir(), "smoothcert-models-"));
      const path = join(await this.#folder, `${hash}.onnx`);
      await pipeline(await this.#open(`models/${hash}`), createWriteStream(`${path}.part`));
      await rename(`${path}.part`, path);
      const found = Buffer.from(await digestOf(path)).toString("hex");
      if (found !== hash) throw new Error(`${this.#url} sent a model of another hash, ${found.slice(0, 8)}`);
      return path;
    });
  }

  /** The data set that a log's header describes. @throws Error if it isn't to be had */
  data(data: Plan["header"]["data"]): Promise<Dataset> {
    return kept(this.#data, data.hash, async () => {
      const dataset = datasetOf(
        data,
        await this.#bytes(`data/${encodeURIComponent(data.hash)}`, bytesOf(data)),
        this.#url,
      );
      if (dataset.hash() !== data.hash) throw new Error(`${this.#url} sent a data set of another hash`);
      return dataset;
    });
  }

  async close(): Promise<void> {
    if (this.#folder !== undefined) await rm(await this.#folder, { recursive: true, force: true });
  }

  async #open(path: string): Promise<Readable> {
    const response = await fetch(`${this.#url}/${path}`, { redirect: "error" }).catch((error: Error) => {
      throw new Error(`${this.#url}: ${((error.cause as Error | undefined) ?? error).message}`);
    });
    if (!response.ok || response.body === null)
      throw new Error(`${this.#url} answers ${response.status} for ${path.slice(0, 20)}`);
    return Readable.fromWeb(response.body as Parameters<typeof Readable.fromWeb>[0]);
  }

  async #bytes(path: string, length: number): Promise<Uint8Array> {
    if (length > MAX_FILE_BYTES) throw new Error(`${length} bytes are too many to fetch: give the worker the data`);
    const bytes = new Uint8Array(length);
    let filled = 0;
    for await (const chunk of await this.#open(path)) {
      if (filled + chunk.length > length) throw new Error(`${this.#url} sent more than the data set`);
      bytes.set(chunk, filled);
      filled += chunk.length;
    }
    if (filled < length) throw new Error(`${this.#url} sent ${filled} of ${length} bytes of the data set`);
    return bytes;
  }
}

/** What a map has, or what comes of making it; what failed is tried again the next time. */
function kept<T>(known: Map<string, Promise<T>>, key: string, make: () => Promise<T>): Promise<T> {
  const value = known.get(key) ?? make();
  known.set(key, value);
  value.catch(() => known.delete(key));
  return value;
}

function bytesOf({ shape, pixelType, length }: Plan["header"]["data"]): number {
  const [height, width, channels] = shape;
  return length * (4 + dimensionOf([height, width, channels]) * (pixelType === "bytes" ? 1 : 4));
}

/** See `serveFiles`. */
function datasetOf(data: Plan["header"]["data"], bytes: Uint8Array, source: string): Dataset {
  const { name, split, length, pixelType, classes, labels: labelMap } = data;
  const [height, width, channels] = data.shape;
  const dimension = dimensionOf([height, width, channels]);
  const stride = bytes.length / length;
  const pixels = pixelType === "bytes" ? new Uint8Array(length * dimension) : new Float32Array(length * dimension);
  const pixelBytes = new Uint8Array(pixels.buffer);
  for (let i = 0; i < length; i++) {
    pixelBytes.set(bytes.subarray(i * stride + 4, (i + 1) * stride), i * (stride - 4));
  }
  const view = new DataView(bytes.buffer);
  const labels = Array.from({ length }, (_, i) => view.getUint32(i * stride, true));
  const dataset = createDataset({
    ...{ name, split: split as Split, shape: [height, width, channels], classes, pixels, labels, source },
    table: pixelType === "values",
  });
  return labelMap === undefined ? dataset : Object.assign(dataset, { labelMap });
}
