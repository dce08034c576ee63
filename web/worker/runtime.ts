import * as ort from "onnxruntime-web/wasm";
import { type OnnxRuntime, WASM } from "../../certify/classifiers/onnx/provider.js";

/**
 * ONNX Runtime in WebAssembly, of one thread: more of them take memory that threads share, which browsers give only to
 * pages that are isolated from all others.
 */
export function wasmRuntime(): OnnxRuntime {
  const { InferenceSession, Tensor, env } = ort;
  env.wasm.numThreads = 1;
  env.wasm.wasmPaths = { wasm: new URL("ort-wasm-simd-threaded.wasm", location.href).href };
  const name = `onnxruntime-web ${env.versions.web} (${WASM})`;
  return { InferenceSession, Tensor, provider: WASM, providers: [WASM], name };
}
