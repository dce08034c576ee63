import { createHash } from "node:crypto";
import { z } from "zod";
import { parseJson } from "../src/files/json.js";
import { MAX_FILE_BYTES } from "../src/files/limits.js";
import { readWhole } from "../src/files/read.js";
import { FileError, writeWhole } from "../src/index.js";
import { decodeSafetensors, encodeSafetensors, type NamedTensor } from "./safetensors.js";
import type { TrainState } from "./state.js";

/**
 * A training state as one safetensors file. The tensors are named `weights/<i>/<name>`, `velocities/<i>/<name>` and,
 * where an average is kept, `averages/<i>/<name>`; the metadata hold the position and a SHA-256 of the position and all
 * values, so that no run goes on from a damaged file.
 */

const FORMAT = "smoothcert-checkpoint/1";

const GROUPS = ["weights", "velocities", "averages"] as const;

const sums = z.object({ examples: z.number(), seconds: z.number(), loss: z.number() });

const positionSchema = z.object({
  epoch: z.int().min(0),
  step: z.int().min(0),
  sums: z.union([
    sums.extend({ log: z.record(z.string(), z.number()) }),
    // As it was written while accuracy was all that could be logged.
    sums.extend({ accuracy: z.number() }).transform(({ accuracy, ...others }) => ({ ...others, log: { accuracy } })),
  ]),
});

/** Replaces the file at `path` by this state, all or nothing. */
export async function saveCheckpoint(path: string, state: TrainState): Promise<void> {
  const { epoch, step, sums } = state;
  const tensors = GROUPS.flatMap((group) => prefixed(group, state[group]));
  const position = JSON.stringify({ epoch, step, sums });
  const metadata = { format: FORMAT, position, sha256: hash(position, tensors) };
  await writeWhole(path, encodeSafetensors({ metadata, tensors }));
}

/** @throws FileError if there is no such file, or if it is not a whole, undamaged checkpoint */
export async function loadCheckpoint(path: string): Promise<TrainState> {
  const bytes = await readWhole(path, "a checkpoint", MAX_FILE_BYTES);
  try {
    return decodeCheckpoint(bytes, path);
  } catch (cause) {
    const found = `found a damaged file or another kind (${(cause as Error).message})`;
    const next = "Restore it from a copy, or train anew into another folder";
    throw new FileError(path, `expected a whole checkpoint, ${found}. ${next}.`, { cause });
  }
}

function decodeCheckpoint(bytes: Uint8Array, path: string): TrainState {
  const { metadata, tensors } = decodeSafetensors(bytes, path);
  if (metadata.format !== FORMAT) throw new Error(`its format is ${metadata.format}, not ${FORMAT}`);
  if (hash(metadata.position, tensors) !== metadata.sha256) throw new Error("its SHA-256 does not match its content");
  const position = positionSchema.parse(parseJson(metadata.position, path));
  const [weights, velocities, averages] = GROUPS.map((group) => unprefixed(group, tensors));
  return { ...position, weights, velocities, averages };
}

function prefixed(group: string, tensors: readonly NamedTensor[]): NamedTensor[] {
  return tensors.map((tensor, i) => ({ ...tensor, name: `${group}/${i}/${tensor.name}` }));
}

function unprefixed(group: string, tensors: readonly NamedTensor[]): NamedTensor[] {
  const own = tensors.filter(({ name }) => name.startsWith(`${group}/`));
  return own.map((tensor) => ({ ...tensor, name: tensor.name.split("/").slice(2).join("/") }));
}

function hash(position: string, tensors: readonly NamedTensor[]): string {
  const sha = createHash("sha256").update(position);
  for (const { name, shape, values } of tensors) {
    sha.update(`\n${name} [${shape}]\n`);
    sha.update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  }
  return sha.digest("hex");
}
