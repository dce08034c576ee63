import {
  certify,
  type Dataset,
  functionClassifier,
  LAWS,
  type LogHeader,
  type LogRow,
  MemoryLogStore,
  type PixelType,
  type Smoothing,
} from "smoothcert/core";

/** What is certified here and in a browser, where this file is a page's whole program. */

const IMAGES = 5;
const PIXELS = 12;

function datasetOf(pixelType: PixelType): Dataset {
  const levels = Uint8Array.from({ length: IMAGES * PIXELS }, (_, j) => (j * 89) % 256);
  const pixels = pixelType === "bytes" ? levels : Float32Array.from(levels, (level) => level / 255);
  return {
    name: "levels",
    split: "test",
    shape: [2, 2, 3],
    classes: ["low", "high"],
    length: IMAGES,
    pixelType,
    source: "this file",
    hash: () => "0".repeat(64),
    example: (i) => ({ pixels: pixels.subarray(i * PIXELS, (i + 1) * PIXELS), label: i % 2 }),
  };
}

const linear = functionClassifier(
  (x) => (x.reduce((sum, value, j) => sum + value * (((j * 5) % 7) - 3), 0) > 0 ? 1 : 0),
  {
    name: "linear",
    inputShape: [2, 2, 3],
    classes: 2,
  },
);

/** A log as a store holds it. */
export interface CertifiedLog {
  readonly header: LogHeader;
  readonly rows: readonly LogRow[];
}

async function logOf(smoothing: Smoothing, pixelType: PixelType): Promise<CertifiedLog> {
  const store = new MemoryLogStore();
  const settings = { n0: 20, n: 1000, alpha: 0.01, seed: 7, skip: 1, max: IMAGES };
  await certify({ classifier: linear, dataset: datasetOf(pixelType), smoothing, ...settings }, store);
  return { header: store.header!, rows: store.rows };
}

/** The logs of a linear classifier under each law, for the types of pixels that it is a law for. */
export async function certifiedLogs(): Promise<CertifiedLog[]> {
  const logs: CertifiedLog[] = [];
  for (const { pixelTypes, smoothing } of LAWS) {
    for (const pixelType of pixelTypes) logs.push(await logOf(smoothing(0.25), pixelType));
  }
  return logs;
}
