import { join } from "node:path";
import { packageFile } from "../../files/package-file.js";
import { COMPILER, type Machine, moduleArguments, type RunOptions } from "../native/tools.js";
import { LIBRARIES, LIBRARY } from "./versions.js";

/** The native module that is compiled from `native/openvino.cc` at installation. */

/** float32, or bfloat16: 8 bits of precision, which newer processors compute at a multiple of the speed. */
export type OpenvinoPrecision = "f32" | "bf16";

/** An input or output of a network. */
export interface OpenvinoPort {
  /** As ONNX Runtime calls it for float32, float64, float16 and uint8; as OpenVINO does for others. */
  readonly type: string;
  /** With null for a dimension of any size; empty where even their number is open. */
  readonly shape: readonly (number | null)[];
}

/** A model that is ready to compute. */
export interface OpenvinoNetwork {
  /** For `run` and `close`. */
  readonly network: unknown;
  readonly inputs: readonly OpenvinoPort[];
  readonly outputs: readonly OpenvinoPort[];
}

/** What an output holds; halves as their bits. */
export interface OpenvinoOutput {
  readonly dims: readonly number[];
  readonly data: Float32Array | Float64Array | Uint16Array | Uint8Array;
}

/** What the module exports. Its functions compute on the thread that calls them, and throw Error. */
export interface OpenvinoBinding {
  /** Reads an ONNX model and compiles it for the processor, which must compute floats in that precision. */
  open(path: string, threads: number, precision: OpenvinoPrecision): OpenvinoNetwork;
  /** The outputs for the one input's elements, in the model's order; null for those of other types than these. */
  run(network: unknown, elements: ArrayBufferView, dims: readonly number[]): (OpenvinoOutput | null)[];
  /** Frees its memory; it computes no more. */
  close(network: unknown): void;
  /** The library's own account of its version. */
  version(): string;
}

export const BINDING = "openvino.node";

/** Compiles the module into the folder, which holds the package's headers and libraries and node-api-headers. */
export async function compileBinding(
  folder: string,
  machine: Pick<Machine, "run">,
  options: RunOptions,
): Promise<void> {
  const includes = ["-I", join(folder, "openvino", "include")];
  const linked = ["-L", join(folder, LIBRARIES), `-l:${LIBRARY}`, `-Wl,-rpath,$ORIGIN/${LIBRARIES}`];
  const files = [packageFile("native/openvino.cc"), ...linked, "-o", join(folder, BINDING)];
  await machine.run(COMPILER, [...moduleArguments(folder), ...includes, ...files], options);
}
