import type { Env, InferenceSessionFactory, TensorConstructor } from "onnxruntime-common";
import { type OnnxRuntime, WASM } from "../../certify/classifiers/onnx/provider.js";

/** What each of ONNX Runtime's builds for browsers exports. */
export interface Build {
  readonly InferenceSession: InferenceSessionFactory;
  readonly Tensor: TensorConstructor;
  readonly env: Env;
}

/**
 * ONNX Runtime with a provider. It has one thread: more of them take memory that threads share, which browsers give
 * only to pages that are isolated from all others.
 *
 * @param wasm the build's WebAssembly, a file beside the worker
 */
export function runtimeOf({ InferenceSession, Tensor, env }: Build, provider: string, wasm: string): OnnxRuntime {
  env.wasm.numThreads = 1;
  env.wasm.wasmPaths = { wasm: new URL(wasm, location.href).href };
  const name = `onnxruntime-web ${env.versions.web} (${provider})`;
  return { InferenceSession, Tensor, title: "ONNX Runtime", provider, providers: [provider, WASM], name };
}
