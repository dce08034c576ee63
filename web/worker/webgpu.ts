/** The worker that computes on a graphics processor. */
import * as ort from "onnxruntime-web/webgpu";
import { canaryText, requireCanary } from "../../certify/classifiers/canary.js";
import { roundingOf } from "../../certify/classifiers/onnx/function.js";
import { WASM } from "../../certify/classifiers/onnx/provider.js";
import { type OpenedModel, openModel } from "./model.js";
import { runtimeOf } from "./runtime.js";
import { doTasks } from "./tasks.js";

const runtime = runtimeOf(ort, "webgpu", "ort-wasm-simd-threaded.asyncify.wasm");

/** Opens a model that computes what the processor computes. @throws ArgumentError for one that doesn't */
async function open(name: string, bytes: Uint8Array): Promise<OpenedModel> {
  const { network, facts } = await openModel(runtime, name, bytes);
  const reference = await openModel({ ...runtime, provider: WASM }, name, bytes);
  const report = await requireCanary(network, reference.network, roundingOf(bytes, runtime.provider), "WebGPU");
  await reference.network.close?.();
  return { network, facts: { ...facts, notes: [...facts.notes, `WebGPU: ${canaryText(report)}`] } };
}

doTasks(open);
