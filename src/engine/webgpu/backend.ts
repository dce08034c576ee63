import type * as tf from "@tensorflow/tfjs-core";
import { EngineError } from "../../errors.js";
import type { Device } from "./adapter.js";

/** What we use of the backend of `@tensorflow/tfjs-backend-webgpu`. */
export interface WebgpuBackend extends tf.KernelBackend {
  readonly device: Device;
  readonly tensorMap: { get(dataId: tf.DataId): { readonly values: unknown } };
}

const RESUME = "A run that saves checkpoints goes on from its last one when the same command is run again";

/**
 * Lets a backend report what went wrong on its device. WebGPU itself goes on after an error, with zeros for results: so
 * nothing that was read after one is believed.
 */
export function guard(backend: WebgpuBackend): tf.KernelBackend {
  let problem: string | undefined;
  backend.device.addEventListener("uncapturederror", ({ error }) => {
    problem ??= describeError(error);
  });
  void backend.device.lost.then(({ message }) => {
    problem ??= `the GPU was lost (${firstLine(message)}). ${RESUME}`;
  });
  const { read, readSync } = backend;
  backend.read = async (dataId) => {
    // What the device reports comes before or with what is read from it.
    const values = await read.call(backend, dataId).catch((error: Error) => {
      problem ??= `a result could not be read (${firstLine(error.message)}). ${RESUME}`;
    });
    if (problem !== undefined) throw new EngineError(`engine webgpu: ${problem}`);
    return values as tf.BackendValues;
  };
  backend.readSync = (dataId) => {
    if (backend.tensorMap.get(dataId).values === null || backend.tensorMap.get(dataId).values === undefined) {
      throw new EngineError(
        "engine webgpu: what is asked for reads results at once, which works on other engines only",
      );
    }
    return readSync.call(backend, dataId);
  };
  return backend;
}

function describeError(error: Error): string {
  const what = firstLine(error.message);
  return error.constructor.name === "GPUOutOfMemoryError"
    ? `the GPU has not enough memory (${what}). Use smaller batches. ${RESUME}`
    : `the GPU refused a command (${what}). ${RESUME}`;
}

function firstLine(text: string): string {
  return text.trim().split("\n")[0];
}
