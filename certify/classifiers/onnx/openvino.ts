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
import { importOpenvino, OPENVINO_INSTALLATION, suitsOpenvino } from "../../../src/engine/openvino/installation.js";
import { ArgumentError } from "../../../src/errors.js";
import { decodeModel } from "../../../src/models/onnx/proto.js";
import { type OnnxRuntime, OPENVINO, OPENVINO_BF16, openvinoName, type Session } from "./provider.js";

/** OpenVINO in the place of ONNX Runtime: the same models, sessions and tensors. */

/** Why OpenVINO can't be used, and the command that installs it, where that is all. */
export interface OpenvinoMissing {
  readonly missing: string;
  readonly mend?: string;
}

export type OpenvinoReport = { readonly version: string } | OpenvinoMissing;

const NOT_INSTALLED: OpenvinoMissing = suitsOpenvino()
  ? { missing: "it is not installed", mend: OPENVINO_INSTALLATION }
  : { missing: "it is for Linux x64" };

async function load(): Promise<OpenvinoBinding | OpenvinoMissing> {
  try {
    return (await importOpenvino()) ?? NOT_INSTALLED;
  } catch (error) {
    return { missing: (error as Error).message };
  }
}

/** The version of OpenVINO that is installed, or why it can't be used. */
export async function describeOpenvino(): Promise<OpenvinoReport> {
  const openvino = await load();
  return "missing" in openvino ? openvino : { version: versionOf(openvino) };
}

/**
 * Loads OpenVINO as it was installed.
 *
 * @param provider which of its two
 * @param others providers that there are besides
 * @throws ArgumentError where it can't be used
 */
export async function openvinoRuntime(provider: string, others: readonly string[]): Promise<OnnxRuntime> {
  const openvino = await load();
  if ("missing" in openvino) {
    const next = openvino.mend === undefined ? "" : `; install it by: ${openvino.mend}`;
    throw new ArgumentError(`provider ${provider} can't be used: ${openvino.missing}${next}`, "provider", provider);
  }
  const precision = provider === OPENVINO_BF16 ? "bf16" : "f32";
  return {
    InferenceSession: { create: (model, options) => createSession(openvino, precision, model, options) },
    Tensor,
    title: "OpenVINO",
    provider,
    providers: [OPENVINO, OPENVINO_BF16, ...others],
    name: openvinoName(versionOf(openvino), provider),
  };
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
  const names = namesIn(model);
  return {
    inputMetadata: opened.inputs.map((port, i) => metadataOf(names.inputs[i], port)),
    outputMetadata: opened.outputs.map((port, i) => metadataOf(names.outputs[i], port)),
    run: async (feeds) => runNetwork(openvino, opened, names.outputs, Object.values(feeds)[0] as Tensor),
    release: async () => openvino.close(opened.network),
  };
}

/** The names of inputs and outputs as the file declares them; to OpenVINO what an Identity gives has two. */
function namesIn(model: Uint8Array): { readonly inputs: string[]; readonly outputs: string[] } {
  const { input, output, initializer } = decodeModel(model).graph;
  const constants = new Set(initializer.map(({ name }) => name));
  return {
    inputs: input.map(({ name }) => name).filter((name) => !constants.has(name)),
    outputs: output.map(({ name }) => name),
  };
}

type Metadata = InferenceSession["inputMetadata"][number];

function metadataOf(name: string, { type, shape }: OpenvinoPort): Metadata {
  const symbolic = shape.map((size, axis) => size ?? (axis === 0 ? "batch" : `d${axis}`));
  return { name, isTensor: true, type: type as Tensor.Type, shape: symbolic };
}

function runNetwork(
  openvino: OpenvinoBinding,
  { network, outputs }: OpenvinoNetwork,
  names: readonly string[],
  input: Tensor,
): InferenceSession.ReturnType {
  const found = named(() => openvino.run(network, input.data as Float32Array, input.dims));
  const entries = outputs.flatMap(({ type }, i) => {
    const output = found[i];
    return output === null ? [] : [[names[i], { ...output, type }]];
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
