import {
  type BaseClassifier,
  type CertifySettings,
  certifyDataset,
  type LogRow,
  SmoothedClassifier,
  sameLabels,
  samplesPerSecond,
} from "../certify/index.js";
import { type Dataset, type Smoothing, smoothingFor } from "../src/index.js";
import { counted } from "../src/text/counted.js";
import { interruptible } from "./interrupt.js";
import { note } from "./print.js";
import { type Progress, startProgress } from "./progress.js";

/** Two models, and the images on which they are compared. */
export interface ComparedModels extends Both<BaseClassifier> {
  /** The int8 model's file. */
  readonly out: string;
  readonly dataset: Dataset;
  readonly indices: readonly number[];
  readonly sigma: number;
  readonly seed: number;
}

/** A value of each model. */
export interface Both<T> {
  readonly float: T;
  readonly int8: T;
}

/** How an int8 model compares with the float model that it was made from. */
export interface Comparison {
  /** Noisy copies that both label alike, and how many there were. */
  readonly labels: { readonly same: number; readonly copies: number };
  /** Samples a second, noise and counting included: medians of {@link ROUNDS} rounds that take turns. */
  readonly speed: Both<number>;
  readonly settings: CertifySettings;
  /** The certificates of the same images. */
  readonly rows: Both<LogRow[]>;
}

const SETTINGS: CertifySettings = { n0: 100, n: 1000, alpha: 0.001 };
const COPIES = 10;
const ROUNDS = 3;

/**
 * Certifies the same images with both models, and measures how often their labels agree and how fast they are.
 * Closes both.
 *
 * @throws InterruptedError after Ctrl-C
 */
export async function compare(models: ComparedModels): Promise<Comparison> {
  const { float, int8, out, dataset, indices } = models;
  note(`Comparing both on ${counted(indices.length, "image")} of ${dataset.name} ${dataset.split}`);
  const progress = startProgress("compare", 2 * indices.length * (SETTINGS.n0 + SETTINGS.n), "samples");
  try {
    return await interruptible(
      (signal) => new Comparer(models, progress, signal).compare(),
      () => `stopped before the models were compared; ${out} is complete`,
    );
  } finally {
    progress.stop();
    await Promise.all([float.close?.(), int8.close?.()]);
  }
}

class Comparer {
  readonly #smoothing: Smoothing;
  #samples = 0;

  constructor(
    readonly models: ComparedModels,
    readonly progress: Progress,
    readonly signal: AbortSignal,
  ) {
    this.#smoothing = smoothingFor("gaussian", models.dataset.pixelType, models.sigma);
  }

  async compare(): Promise<Comparison> {
    const { float, int8, dataset, indices, seed } = this.models;
    const compared = { dataset, indices, noise: this.#smoothing, seed, copies: COPIES, signal: this.signal };
    const same = await sameLabels(float, int8, compared);
    const speed = await this.#speed({ float, int8 });
    const rows = { float: await this.#certify("float", float), int8: await this.#certify("int8", int8) };
    return { labels: { same, copies: COPIES * indices.length }, speed, settings: SETTINGS, rows };
  }

  async #speed({ float, int8 }: Both<BaseClassifier>): Promise<Both<number>> {
    const { pixels } = this.models.dataset.example(this.models.indices[0]);
    const rates: Both<number[]> = { float: [], int8: [] };
    for (let round = 0; round < ROUNDS; round++) {
      this.signal.throwIfAborted();
      rates.float.push(await samplesPerSecond(float, this.#smoothing, pixels));
      rates.int8.push(await samplesPerSecond(int8, this.#smoothing, pixels));
    }
    return { float: median(rates.float), int8: median(rates.int8) };
  }

  async #certify(what: string, classifier: BaseClassifier): Promise<LogRow[]> {
    const { dataset, indices, seed } = this.models;
    const smoothed = new SmoothedClassifier(classifier, this.#smoothing, seed);
    const rows: LogRow[] = [];
    const onSamples = (more: number): void => {
      this.#samples += more;
      this.progress.update(this.#samples, `${what}, ${rows.length}/${indices.length} images`);
    };
    const hooks = { signal: this.signal, onSamples };
    for await (const row of certifyDataset(smoothed, dataset, indices, SETTINGS, hooks)) rows.push(row);
    return rows;
  }
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
}
