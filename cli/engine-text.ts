import { type AdapterReport, type EngineReport, whyUnavailable } from "../src/index.js";
import { counted } from "../src/text/counted.js";

/** An engine in a line: its version, threads, GPU and folder, or why it is not available. */
export function engineText(engine: EngineReport): string {
  if (!engine.available) return `not available: ${whyUnavailable(engine)}`;
  const { adapter, threads, folder } = engine;
  const parts = [`${engine.package.replace("@tensorflow/", "")} ${engine.version}`];
  if (threads !== undefined) parts.push(counted(threads, "thread"));
  if (adapter !== undefined) parts.push(adapterText(adapter));
  if (folder !== undefined) parts.push(folder);
  return parts.join(", ");
}

/** The GPU, its driver, and what is most likely to be too little of it. */
export function adapterText({ name, api, driver, software, limits }: AdapterReport): string {
  const { maxBufferSize, maxStorageBufferBindingSize } = limits;
  const gigabytes = (Math.min(maxBufferSize, maxStorageBufferBindingSize) / 1e9).toFixed(1);
  const kind = software ? ", software: only on request" : "";
  return `${name} (${api}, ${driver}${kind}; tensors up to ${gigabytes} GB)`;
}
