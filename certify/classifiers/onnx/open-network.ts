import { basename } from "node:path";
import type { OnnxFile } from "./file.js";
import { type NetworkOptions, type OnnxNetwork, openNetwork } from "./network.js";
import { loadOnnxRuntime } from "./runtime.js";

/** How a foreign network is to be fed and read, where its file doesn't tell, and what is to compute it. */
export interface OnnxNetworkOptions extends Omit<NetworkOptions, "name"> {
  /** The classifier's name. @defaultValue the file's */
  readonly name?: string;
  /**
   * ONNX Runtime's execution provider, e.g. `cpu`, `wasm`, `webgpu`, `cuda`, `coreml`, `dml`.
   * @defaultValue `cpu`, or `wasm` where onnxruntime-node is not installed
   */
  readonly provider?: string;
}

/** {@link openNetwork} with the ONNX Runtime that is installed. @throws ArgumentError also where that is none */
export async function openOnnxNetwork(file: OnnxFile, options: OnnxNetworkOptions): Promise<OnnxNetwork> {
  const runtime = await loadOnnxRuntime(options.provider);
  return openNetwork(runtime, file, { name: basename(file.path), ...options });
}
