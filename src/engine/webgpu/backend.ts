import type * as tf from "@tensorflow/tfjs-core";
import { EngineError } from "../../errors.js";
import type { Device } from "./adapter.js";

/** What we use of the backend of `@tensorflow/tfjs-backend-webgpu`. */
export interface WebgpuBackend extends tf.KernelBackend {
  readonly device: Device;
  readonly tensorMap: { get(dataId: tf.DataId): { readonly values: unknown } };
  uploadToGPU(dataId: tf.DataId): void;
}

/**
 * Lets a backend report what went wrong on its device. WebGPU itself goes on after an error, with zeros for results: so
 * nothing that is read after one is believed.
 */
export function guard(backend: WebgpuBackend): tf.KernelBackend {
  const { read, readSync, uploadToGPU } = backend;
  const problem = new FirstProblem(backend.device);
  backend.read = async (dataId) => {
    const values = await read.call(backend, dataId).catch((error: Error) => problem.raise(error));
    problem.check();
    return values;
  };
  backend.readSync = (dataId) => {
    if (backend.tensorMap.get(dataId).values == null) {
      throw new EngineError(
        "engine webgpu: what is asked for reads results at once, which works on other engines only",
      );
    }
    return readSync.call(backend, dataId);
  };
  backend.uploadToGPU = (dataId) => {
    try {
      uploadToGPU.call(backend, dataId);
    } catch (error) {
      problem.raise(error as Error);
    }
  };
  return backend;
}

/** The first thing that a device complained of; what follows are mostly its consequences. */
class FirstProblem {
  #text: string | undefined;

  constructor(device: Device) {
    device.addEventListener("uncapturederror", (event) => {
      // Otherwise it is printed.
      event.preventDefault();
      this.#text ??= describe(event.error);
    });
    void device.lost.then(({ message }) => {
      this.#text ??= `the GPU was lost (${firstLine(message)})`;
    });
  }

  check(): void {
    if (this.#text === undefined) return;
    throw new EngineError(
      `engine webgpu: ${this.#text}. What was saved before stays, and the same command goes on from there`,
    );
  }

  raise(error: Error): never {
    this.#text ??= describe(error);
    this.check();
    throw error;
  }
}

const TOO_LARGE = /buffer size|binding size|too large|out of memory/i;

function describe(error: Error): string {
  const what = firstLine(error.message);
  const memory = error.constructor.name === "GPUOutOfMemoryError" || TOO_LARGE.test(what);
  return memory
    ? `the GPU has not enough memory (${what}): use smaller batches`
    : `the GPU refused a command (${what})`;
}

function firstLine(text: string): string {
  return text.trim().split("\n")[0].replace(/\.$/, "");
}
