import type { InferenceSession, TensorConstructor } from "onnxruntime-common";

/** A network that a runtime has opened. */
export type Session = Pick<InferenceSession, "inputMetadata" | "outputMetadata" | "run" | "release">;

/** What computes ONNX models: ONNX Runtime, or another in its place. */
export interface OnnxRuntime {
  readonly InferenceSession: {
    create(model: Uint8Array, options: InferenceSession.SessionOptions): Promise<Session>;
  };
  readonly Tensor: TensorConstructor;
  /** Its name for a person. */
  readonly title: string;
  /** The execution provider. */
  readonly provider: string;
  /** The execution providers that can be asked for here. */
  readonly providers: readonly string[];
  /** Package, version and provider, for logs: `onnxruntime-node 1.30.0 (cpu)`. */
  readonly name: string;
}

/** The provider of the WebAssembly build: one thread in each session, the same on every platform. */
export const WASM = "wasm";

/** Intel's OpenVINO on the processor, which `smoothcert engine install --openvino` installs. */
export const OPENVINO = "openvino";

/** The same in bfloat16, where the processor computes that: another function, close by. */
export const OPENVINO_BF16 = "openvino-bf16";

/** How logs name OpenVINO of a version with one of its providers. */
export function openvinoName(version: string, provider: string): string {
  return `openvino ${version} (${provider === OPENVINO_BF16 ? "cpu, bf16" : "cpu"})`;
}

/**
 * The provider in a runtime's name as logs have it: of `openvino 2026.4.1 (cpu)`, `openvino 2026.4.1 (cpu, bf16)` or
 * `onnxruntime-node 1.30.0 (webgpu)`. Undefined where the name tells none.
 */
export function providerNamed(runtime: string): string | undefined {
  const [, place, precision] = /\((\w+)(?:, (\w+))?\)$/.exec(runtime) ?? [];
  if (!runtime.startsWith(OPENVINO)) return place;
  return precision === undefined ? OPENVINO : OPENVINO_BF16;
}

/** Whether OpenVINO computes, in whichever precision. */
export function isOpenvino(provider: string | undefined): provider is string {
  return provider === OPENVINO || provider === OPENVINO_BF16;
}

/** Whether a provider computes on the processor. */
export function computesOnCpu(provider: string): boolean {
  return isOpenvino(provider) || isReference(provider);
}

/** Whether a provider computes in float32 throughout. */
export function computesInFloat32(provider: string): boolean {
  return provider === OPENVINO || isReference(provider);
}

/** Whether a provider is one that others are compared with. */
export function isReference(provider: string): boolean {
  return provider === "cpu" || provider === WASM;
}
