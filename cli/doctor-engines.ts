import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  describeOnnxRuntime,
  describeOpenvino,
  NATIVE_INSTALLATION,
  type OnnxRuntimeReport,
  type OpenvinoReport,
  onnxClassifier,
  SmoothedClassifier,
} from "../certify/index.js";
import {
  buildModel,
  describeEngines,
  type EngineReport,
  gridNoise,
  requireInstallable,
  saveOnnx,
  useEngine,
} from "../src/index.js";
import { type Finding, type Found, look } from "./doctor-finding.js";
import { engineText } from "./engine-text.js";

const CERTIFICATION = "Certification";
const TRAINING = "Training, and certification with --runtime tfjs";

/** What certifies here: ONNX Runtime, and whether a certificate comes out of it. */
export async function certificationFindings(): Promise<Finding[]> {
  const needed = { state: "problem", mend: "npm install" } as const;
  const onnx = await describeOnnxRuntime().catch((error: Error) => error);
  if (onnx instanceof Error) return [{ group: CERTIFICATION, name: "ONNX Runtime", ...needed, text: onnx.message }];
  const openvino = openvinoFinding(await describeOpenvino());
  return [...onnxFindings(onnx), openvino, await look(CERTIFICATION, "certificate", needed, certificate)];
}

/** Which ONNX Runtime computes, and whether it is the fast one. */
export function onnxFindings({ name, providers, nativeMissing }: OnnxRuntimeReport): Finding[] {
  const runtime = { group: CERTIFICATION, name: "ONNX Runtime", state: "ok", text: name } as const;
  const group = CERTIFICATION;
  if (nativeMissing !== undefined) {
    const text = `${nativeMissing}; it is several times faster`;
    return [runtime, { group, name: "onnxruntime-node", state: "optional", text, mend: NATIVE_INSTALLATION }];
  }
  return [runtime, { group, name: "providers", state: "ok", text: providers.join(", ") }];
}

/** Whether OpenVINO is there, and whether it could be. */
export function openvinoFinding(report: OpenvinoReport): Finding {
  const place = { group: CERTIFICATION, name: "openvino" };
  if ("version" in report) return { ...place, state: "ok", text: report.version };
  const { missing: text, mend } = report;
  return { ...place, state: "optional", text, ...(mend !== undefined && { mend }) };
}

/** Trains nothing: certifies an image by an untrained network, through the files and threads that any model takes. */
async function certificate(): Promise<Found> {
  const start = performance.now();
  const folder = await mkdtemp(join(tmpdir(), "smoothcert-doctor-"));
  try {
    await useEngine("auto");
    const path = join(folder, "model.onnx");
    await saveOnnx(buildModel("linear", { inputShape: [8, 8, 1], classes: 10, seed: 1 }), path);
    const base = await onnxClassifier(path, { imageShape: [8, 8, 1], threads: 1 });
    const smoothed = new SmoothedClassifier(base, gridNoise(0.5), 0);
    await smoothed.certify(new Uint8Array(64).fill(128), 0, { n0: 10, n: 100, alpha: 0.001 });
    await base.close?.();
    return { text: `made one, by an untrained network, in ${((performance.now() - start) / 1000).toFixed(1)} s` };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The engines of TensorFlow.js, and whether the native one could be installed. */
export async function trainingFindings(): Promise<Finding[]> {
  const reports = await describeEngines();
  const obstacle = await requireInstallable().catch((error: Error) => error.message);
  return engineFindings(reports, obstacle || undefined, existsSync("/proc/driver/nvidia"));
}

/** The engines that come with the package. */
const NEEDED = new Set(["wasm", "cpu"]);

/**
 * @param obstacle why this machine can't install the native engine; undefined where it can
 * @param hasNvidia whether there is a GPU of NVIDIA's
 */
export function engineFindings(
  reports: readonly EngineReport[],
  obstacle: string | undefined,
  hasNvidia: boolean,
): Finding[] {
  return reports.map((report) => {
    const { name, available, why, install } = report;
    const place = { group: TRAINING, name };
    if (available) return { ...place, state: "ok", text: engineText(report) };
    const isNative = name === "gpu" || name === "node";
    const hindered = isNative && install !== undefined ? hindrance(name, obstacle, hasNvidia) : undefined;
    const text = hindered === undefined ? `${why}` : `${why}; ${hindered}`;
    const mend = install !== undefined && hindered === undefined ? { mend: install } : {};
    return { ...place, state: NEEDED.has(name) ? "problem" : "optional", text, ...mend };
  });
}

function hindrance(name: string, obstacle: string | undefined, hasNvidia: boolean): string | undefined {
  return name === "gpu" && !hasNvidia ? "there is no GPU of NVIDIA's" : obstacle;
}
