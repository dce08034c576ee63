import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { ArgumentError, createDataset, type Dataset, digestOf, gridNoise, relabel } from "smoothcert";
import { functionClassifier, headerOf, type LogHeader } from "smoothcert/certify";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { FetchedFiles, serverUrl } from "../../cli/fetch-files.js";
import { endpoint, serveFiles } from "../../cli/serve-files.js";

const arrays = { name: "few", split: "test", shape: [1, 2, 2], classes: ["a", "b", "c"], source: "this file" } as const;
const labels = [2, 0, 1];
const bytes = createDataset({ ...arrays, pixels: Uint8Array.from({ length: 12 }, (_, i) => 20 * i), labels });
const floats = Float32Array.from({ length: 12 }, (_, i) => Math.fround(i / 17));
const DATASETS: Record<string, Dataset> = {
  bytes,
  floats: createDataset({ ...arrays, pixels: floats, labels }),
  "values of a table": createDataset({ ...arrays, pixels: floats.map((x) => 1e6 * x - 5), labels, table: true }),
  "a model's labels": relabel(bytes, [3, null, 1], 5),
};

/** What a log says of a data set. */
function dataOf(dataset: Dataset): LogHeader["data"] {
  const { shape: inputShape, classes } = dataset;
  const classifier = functionClassifier(() => 0, { name: "any", inputShape, classes: classes.length });
  const run = { n0: 10, n: 100, alpha: 0.01, seed: 0, skip: 1, max: 3, classifier, dataset, smoothing: gridNoise(0.5) };
  return headerOf(run).data;
}

describe("files served to workers", () => {
  let folder: string;
  let model: { hash: string; path: string };
  let server: Server;
  let fetched: FetchedFiles;
  const serve = async (dataset: Dataset): Promise<void> => {
    const served = await serveFiles({ model, dataset }, { host: "127.0.0.1", port: 0 });
    server = served.server;
    fetched = new FetchedFiles(`http://127.0.0.1:${served.port}`);
  };
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "smoothcert-served-"));
    const path = join(folder, "m.onnx");
    writeFileSync(path, "weights");
    model = { hash: Buffer.from(await digestOf(path)).toString("hex"), path };
  });
  afterEach(async () => {
    server.closeAllConnections();
    server.close();
    await fetched.close();
    await rm(folder, { recursive: true });
  });

  it.each(Object.entries(DATASETS))("are the same data: %s", async (_, dataset) => {
    await serve(dataset);
    const data = dataOf(dataset);
    const found = await fetched.data(data);
    expect(dataOf(found)).toEqual(data);
    for (let i = 0; i < dataset.length; i++) expect(found.example(i)).toEqual(dataset.example(i));
    expect(await fetched.data(data)).toBe(found);
  });

  it("need a port of their own", async () => {
    await serve(bytes);
    const { port } = server.address() as AddressInfo;
    const again = serveFiles({ model, dataset: bytes }, { host: "127.0.0.1", port });
    await expect(again).rejects.toThrow(`port ${port} of 127.0.0.1 is taken: choose another with --serve`);
  });

  it("are the same model, which is gone when the worker ends", async () => {
    await serve(bytes);
    const path = await fetched.model(model.hash);
    expect(readFileSync(path, "utf8")).toBe("weights");
    await fetched.close();
    expect(existsSync(dirname(path))).toBe(false);
  });

  it("are refused where the hash is another, too few or too many bytes come, or nobody is there", async () => {
    await serve(bytes);
    const data = dataOf(bytes);
    await expect(fetched.model("ab".repeat(32))).rejects.toThrow(/^http.* answers 404 for models.abababab/);
    await expect(fetched.data({ ...data, length: 4 })).rejects.toThrow("sent 24 of 32 bytes of the data set");
    await expect(fetched.data({ ...data, length: 2 })).rejects.toThrow("sent more than the data set");
    await expect(fetched.data({ ...data, shape: [1, 1, 4] })).rejects.toThrow("sent a data set of another hash");
    await expect(fetched.data({ ...data, length: 2 ** 24, shape: [99, 9, 9] })).rejects.toThrow("too many to fetch");
    await expect(fetched.data({ ...data, hash: `../models/${model.hash}` })).rejects.toThrow("answers 404");
    writeFileSync(model.path, "other weights");
    await expect(fetched.model(model.hash)).rejects.toThrow("sent a model of another hash");
    expect(await fetched.data(data)).toMatchObject({ length: 3 });
    const nobody = new FetchedFiles("http://127.0.0.1:1");
    await expect(nobody.model(model.hash)).rejects.toThrow(/^http:\/\/127\.0\.0\.1:1: .+/);
    await nobody.close();
  });
});

describe("addresses of served files", () => {
  it("are a port, or a host and a port", () => {
    expect(endpoint("80")).toEqual({ host: undefined, port: 80 });
    expect(endpoint("h.example:8080")).toEqual({ host: "h.example", port: 8080 });
    expect(endpoint("[::1]:0")).toEqual({ host: "::1", port: 0 });
    for (const text of ["", "h", "h:", "65536", "a b:1"]) expect(() => endpoint(text)).toThrow(ArgumentError);
    expect(serverUrl("https://h:1/files/")).toBe("https://h:1/files");
    for (const text of ["h:1", "file:///etc", "redis://h"]) expect(() => serverUrl(text)).toThrow(ArgumentError);
  });
});
