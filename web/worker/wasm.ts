/** The worker that computes in WebAssembly. */
import * as ort from "onnxruntime-web/wasm";
import { WASM } from "../../certify/classifiers/onnx/provider.js";
import { openModel } from "./model.js";
import { runtimeOf } from "./runtime.js";
import { doTasks } from "./tasks.js";

const runtime = runtimeOf(ort, WASM, "ort-wasm-simd-threaded.wasm");
doTasks((name, bytes) => openModel(runtime, name, bytes));
