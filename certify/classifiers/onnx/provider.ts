import type { InferenceSessionFactory, TensorConstructor } from "onnxruntime-common";

/** ONNX Runtime as sessions are made with it. */
export interface OnnxRuntime {
  readonly InferenceSession: InferenceSessionFactory;
  readonly Tensor: TensorConstructor;
  /** The execution provider. */
  readonly provider: string;
  /** The execution providers that can be asked for here. */
  readonly providers: readonly string[];
  /** Package, version and provider, for logs: `onnxruntime-node 1.30.0 (cpu)`. */
  readonly name: string;
}

/** The provider of the WebAssembly build: one thread in each session, the same on every platform. */
export const WASM = "wasm";

/** Whether a provider computes on the processor, in float32 throughout. */
export function computesOnCpu(provider: string): boolean {
  return provider === "cpu" || provider === WASM;
}
