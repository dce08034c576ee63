import type { Answer, Moment, Request, Tasks } from "../messages.js";

/** Where models are computed. */
export type Provider = "wasm" | "webgpu";

/** The page's end of the line to a worker that has one model. */
export class Engine {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, { resolve(gave: never): void; reject(reason: Error): void }>();
  #last = 0;

  /** @param onMoment is told of the votes of an image under way */
  constructor(provider: Provider, onMoment: (idx: number, moment: Moment) => void) {
    this.#worker = new Worker(new URL(`worker-${provider}.js`, location.href), { type: "module" });
    this.#worker.onmessage = ({ data }: MessageEvent<Answer>) => {
      if ("moment" in data) return onMoment(data.idx, data.moment);
      const waiting = this.#waiting.get(data.id);
      this.#waiting.delete(data.id);
      if ("failure" in data) waiting?.reject(new Error(data.failure));
      else waiting?.resolve(data.gave as never);
    };
    this.#worker.onerror = ({ message }) => {
      for (const { reject } of this.#waiting.values()) reject(new Error(`the worker failed: ${message}`));
      this.#waiting.clear();
    };
  }

  /** Has a task done. @throws Error saying why it can't be */
  ask<K extends keyof Tasks>(task: K, given: Tasks[K][0]): Promise<Tasks[K][1]> {
    this.#last += 1;
    const id = this.#last;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#worker.postMessage({ task, id, given } as Request);
    });
  }

  /** Holds what is under way between two batches; nothing of it is lost. */
  pause(): void {
    this.#worker.postMessage({ task: "pause" } satisfies Request);
  }

  goOn(): void {
    this.#worker.postMessage({ task: "go on" } satisfies Request);
  }

  /** Ends the worker, whatever it is at; what it was asked for never comes. */
  close(): void {
    this.#worker.terminate();
  }
}
