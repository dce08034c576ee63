import type { AdapterReport } from "../src/index.js";

/** The GPU, its driver, and what is most likely to be too little of it. */
export function adapterText({ name, api, driver, software, limits }: AdapterReport): string {
  const { maxBufferSize, maxStorageBufferBindingSize } = limits;
  const gigabytes = (Math.min(maxBufferSize, maxStorageBufferBindingSize) / 1e9).toFixed(1);
  const kind = software ? ", software: only on request" : "";
  return `${name} (${api}, ${driver}${kind}; tensors up to ${gigabytes} GB)`;
}
