import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { Worker } from "node:worker_threads";
import { hasLaw, type NoiseSource } from "../../../src/index.js";
import type { Labeler, Segment } from "../../sampling/labeler.js";
import type { OnnxFile } from "./file.js";
import type { OnnxNetworkOptions } from "./open-network.js";
import { type ThreadError, unpackError } from "./thread-error.js";
import { createWorkerState, endWork, type WorkerState } from "./worker-state.js";

/** What a thread begins with. */
export interface WorkerData {
  readonly file: OnnxFile;
  readonly options: OnnxNetworkOptions;
  readonly state: WorkerState;
}

/** What a worker is asked. */
export interface LabelRequest {
  readonly id: number;
  /** Names the noise: `NoiseSource.id`. */
  readonly noise: string;
  readonly sigma: number;
  readonly segments: readonly Segment[];
}

/** What it answers: the labels, or why there are none. */
export type LabelAnswer = { readonly id: number } & ({ readonly labels: Int32Array } | { readonly error: ThreadError });

/**
 * Threads that draw noisy copies and label them, each with a network of its own; all of the machine's work but the
 * counting.
 */
export interface OnnxWorkers {
  /**
   * The threads as a labeler under one noise, which are told of `batchSize` copies at a time; undefined for a noise
   * that is not ours, which they can't make.
   */
  labeler(noise: NoiseSource, batchSize: number): Labeler | undefined;
  /** Ends the threads, after what they are at. */
  close(): Promise<void>;
}

/** Messages that each thread is given at a time: the next one lies ready when one is done. */
const MESSAGES_EACH = 2;

/** @param count threads, integer >= 1; they start with the first batch */
export function onnxWorkers(file: OnnxFile, options: OnnxNetworkOptions, count: number): OnnxWorkers {
  let threads: LabelingThread[] | undefined;
  const next = (): LabelingThread => {
    threads ??= Array.from({ length: count }, () => new LabelingThread(file, options));
    return threads.reduce((least, thread) => (thread.underWay < least.underWay ? thread : least));
  };
  return {
    labeler(noise, batchSize) {
      if (!hasLaw(noise.id)) return undefined;
      return {
        batchSize,
        capacity: MESSAGES_EACH * count,
        label: (segments) => next().label(noise, segments),
      };
    },
    async close() {
      const closing = threads ?? [];
      threads = undefined;
      await Promise.all(closing.map((thread) => thread.close()));
    },
  };
}

/** With pixels of its own: a message takes all of their buffer along, which may be that of a whole data set. */
function alone(segment: Segment): Segment {
  return { ...segment, x: segment.x.slice() };
}

interface Waiting {
  resolve(labels: Int32Array): void;
  reject(reason: Error): void;
}

/** The states of all threads of the process that live. */
const living = new Set<WorkerState>();

function endAll(): void {
  for (const state of living) endWork(state);
}

class LabelingThread {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  readonly #ended: Promise<void>;
  #lastId = 0;
  #closing = false;

  constructor(file: OnnxFile, options: OnnxNetworkOptions) {
    const state = createWorkerState();
    if (living.size === 0) process.on("exit", endAll);
    living.add(state);
    // By its public name: the file that was built, also where this one runs from its source.
    const script = createRequire(import.meta.url).resolve("smoothcert/certify/onnx-worker");
    const workerData: WorkerData = { file, options, state };
    this.#worker = new Worker(pathToFileURL(script), { workerData, execArgv: [] });
    // A thread that comes up counts as busy again, whatever was said before.
    this.#worker.on("online", () => this.#releaseIfIdle());
    this.#worker.on("message", (answer: LabelAnswer) => this.#take(answer));
    this.#worker.on("error", (error) => this.#failAll(error instanceof Error ? error : new Error(String(error))));
    this.#ended = new Promise((resolve) => {
      this.#worker.on("exit", () => {
        living.delete(state);
        if (living.size === 0) process.off("exit", endAll);
        this.#failAll(new Error("a labelling thread ended before its batch was done"));
        resolve();
      });
    });
  }

  get underWay(): number {
    return this.#waiting.size;
  }

  label(noise: NoiseSource, segments: readonly Segment[]): Promise<Int32Array> {
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#worker.ref();
      const request: LabelRequest = { id, noise: noise.id, sigma: noise.sigma, segments: segments.map(alone) };
      this.#worker.postMessage(request);
    });
  }

  close(): Promise<void> {
    this.#closing = true;
    this.#worker.ref();
    this.#worker.postMessage("close");
    return this.#ended;
  }

  #take(answer: LabelAnswer): void {
    const waiting = this.#waiting.get(answer.id) as Waiting;
    this.#waiting.delete(answer.id);
    this.#releaseIfIdle();
    if ("labels" in answer) waiting.resolve(answer.labels);
    else waiting.reject(unpackError(answer.error));
  }

  /** A process waits for its threads only while they have something to do. */
  #releaseIfIdle(): void {
    if (this.#waiting.size === 0 && !this.#closing) this.#worker.unref();
  }

  #failAll(error: Error): void {
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}
