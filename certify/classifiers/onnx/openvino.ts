import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type InferenceSession, Tensor } from "onnxruntime-common";
import type {
  OpenvinoBinding,
  OpenvinoNetwork,
  OpenvinoPort,
  OpenvinoPrecision,
} from "../../../src/engine/openvino/binding.js";
import { importOpenvino, OPENVINO_INSTALLATION } from "../../../src/engine/openvino/installation.js";
import { ArgumentError } from "../../../src/errors.js";
import { type OnnxRuntime, OPENVINO, OPENVINO_BF16, type Session } from "./provider.js";

/** OpenVINO in the place of ONNX Runtime: the same models, sessions and tensors. */

/**
 * Loads OpenVINO as it was installed.
 *
 * @param provider which of its two
 * @param others providers that there are besides
 * @throws ArgumentError where it is not installed @throws EngineError, FileError where it does not load
 */
export async function openvinoRuntime(provider: string, others: readonly string[]): Promise<OnnxRuntime> {
  const openvino = await importOpenvino();
  if (openvino === undefined) {
    const message = `provider ${provider} is not installed; install it by: ${OPENVINO_INSTALLATION}`;
    throw new ArgumentError(message, "provider", provider);
  }
  const precision = provider === OPENVINO_BF16 ? "bf16" : "f32";
  return {
    InferenceSession: { create: (model, options) => createSession(openvino, precision, model, options) },
    Tensor,
    title: "OpenVINO",
    provider,
    providers: [OPENVINO, OPENVINO_BF16, ...others],
    name: `openvino ${versionOf(openvino)} (${precision === "bf16" ? "cpu, bf16" : "cpu"})`,
  };
}

/** The version that is installed, or why none can be used. */
export async function describeOpenvino(): Promise<{ readonly version: string } | { readonly missing: string }> {
  try {
    const openvino = await importOpenvino();
    return openvino === undefined ? { missing: "it is not installed" } : { version: versionOf(openvino) };
  } catch (error) {
    return { missing: (error as Error).message };
  }
}

/** Of `2026.4.1-22982-e213a147257-releases/2026/4`, what a person calls the version. */
function versionOf(openvino: OpenvinoBinding): string {
  return openvino.version().split("-")[0];
}

async function createSession(
  openvino: OpenvinoBinding,
  precision: OpenvinoPrecision,
  model: Uint8Array,
  { externalData = [], intraOpNumThreads = 0 }: InferenceSession.SessionOptions,
): Promise<Session> {
  const open = (path: string): OpenvinoNetwork => named(() => openvino.open(path, intraOpNumThreads, precision));
  const opened = await inFiles(model, externalData, open);
  return {
    inputMetadata: opened.inputs.map(metadataOf),
    outputMetadata: opened.outputs.map(metadataOf),
    run: async (feeds) => runNetwork(openvino, opened, Object.values(feeds)[0] as Tensor),
    release: async () => openvino.close(opened.network),
  };
}

type Metadata = InferenceSession["inputMetadata"][number];

function metadataOf({ name, type, shape }: OpenvinoPort): Metadata {
  const symbolic = shape.map((size, axis) => size ?? (axis === 0 ? "batch" : `d${axis}`));
  return { name, isTensor: true, type: type as Tensor.Type, shape: symbolic };
}

function runNetwork(openvino: OpenvinoBinding, { network, outputs }: OpenvinoNetwork, input: Tensor) {
  const found = named(() => openvino.run(network, input.data as Float32Array, input.dims));
  const entries = outputs.flatMap(({ name, type }, i) => {
    const output = found[i];
    return output === null ? [] : [[name, { ...output, type }]];
  });
  return Object.fromEntries(entries) as InferenceSession.ReturnType;
}

/** OpenVINO reads weights that lie beside a model from files alone: its own copies, gone when it has read them. */
async function inFiles<T>(
  model: Uint8Array,
  external: NonNullable<InferenceSession.SessionOptions["externalData"]>,
  read: (path: string) => T,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "smoothcert-openvino-"));
  try {
    const path = join(folder, "model.onnx");
    await writeFile(path, model);
    for (const file of external as readonly { readonly path: string; readonly data: Uint8Array }[]) {
      await mkdir(dirname(join(folder, file.path)), { recursive: true });
      await writeFile(join(folder, file.path), file.data);
    }
    return read(path);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Its errors begin with the places in its source that they passed. */
function named<T>(call: () => T): T {
  try {
    return call();
  } catch (cause) {
    const lines = (cause as Error).message.split("\n").map((line) => line.trim());
    const said = lines.filter((line) => line !== "" && !/^(Exception from |Check '.*' failed at )/.test(line));
    throw new Error(said.join(" ") || (cause as Error).message, { cause });
  }
}
