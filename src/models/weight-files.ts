/** The weights of a TensorFlow.js model: what `weightsManifest` says of them, and the files that hold them. */
import { realpath } from "node:fs/promises";
import { dirname, isAbsolute, resolve, sep } from "node:path";
import type * as tf from "@tensorflow/tfjs-core";
import { z } from "zod";
import { FileError, show } from "../errors.js";
import { isInside } from "../files/inside.js";
import { checkJson } from "../files/json.js";
import { MAX_FILE_BYTES, showBytes } from "../files/limits.js";
import { readWhole, sizeOf } from "../files/read.js";
import { expectedBytes } from "./artifacts.js";
import { plainName } from "./topology.js";

const quantization = z.discriminatedUnion("dtype", [
  z.looseObject({ dtype: z.enum(["uint8", "uint16"]), min: z.number(), scale: z.number() }),
  z.looseObject({ dtype: z.literal("float16") }),
]);

const spec = z
  .looseObject({
    name: plainName,
    shape: z.array(z.int().min(0)).max(6),
    dtype: z.enum(["float32", "int32", "bool"]),
    quantization: quantization.optional(),
  })
  .refine((weight) => weight.quantization === undefined || weight.dtype !== "bool", {
    path: ["quantization"],
    error: "must be left out of a weight of type bool",
  });

const manifest = z
  .array(z.looseObject({ paths: z.array(z.string().min(1)).min(1), weights: z.array(spec) }))
  .refine((groups) => distinct(groups.flatMap(({ weights }) => weights.map(({ name }) => name))), {
    error: "must name each weight once",
  })
  .refine((groups) => distinct(groups.flatMap(({ paths }) => paths)), { error: "must name each file once" });

function distinct(names: readonly string[]): boolean {
  return new Set(names).size === names.length;
}

/** The weights that a manifest describes. */
export interface ReadWeights {
  readonly weightSpecs: tf.io.WeightsManifestEntry[];
  /** The bytes of all of them, one after the other. */
  readonly weightData: Uint8Array<ArrayBuffer>;
}

/**
 * Reads the weights that the `weightsManifest` of `file` describes, from the folder of that file and no other. Nothing
 * is read before all sizes are known to be right.
 *
 * @throws FileError naming the field, or the file of weights, that is wrong
 */
export async function readWeights(weightsManifest: unknown, file: string): Promise<ReadWeights> {
  const groups = checkJson(manifest, weightsManifest, file, "weightsManifest");
  const weightSpecs = groups.flatMap(({ weights }) => weights) as tf.io.WeightsManifestEntry[];
  const total = expectedBytes(weightSpecs);
  if (!(total <= MAX_FILE_BYTES)) {
    const rule = `must describe at most ${showBytes(MAX_FILE_BYTES)} of weights`;
    throw new FileError(file, `weightsManifest: ${rule}, got ${total} bytes`);
  }
  const parts: WeightFile[] = [];
  for (const [g, { paths, weights }] of groups.entries()) {
    const bytes = expectedBytes(weights as tf.io.WeightsManifestEntry[]);
    parts.push(...(await measured(paths, bytes, file, `weightsManifest.${g}.paths`)));
  }
  const weightData = new Uint8Array(total);
  let offset = 0;
  for (const { path, size } of parts) {
    weightData.set(await readWhole(path, EXPECTED, size), offset);
    offset += size;
  }
  return { weightSpecs, weightData };
}

const EXPECTED = "weights";

interface WeightFile {
  readonly path: string;
  readonly size: number;
}

/** The files of a group, whose sizes together must be `expected`. */
async function measured(
  names: readonly string[],
  expected: number,
  file: string,
  place: string,
): Promise<WeightFile[]> {
  const parts: WeightFile[] = [];
  for (const [i, name] of names.entries()) {
    const path = await insideFolder(name, file, `${place}.${i}`);
    parts.push({ path, size: await sizeOf(path, EXPECTED) });
  }
  const found = parts.reduce((sum, { size }) => sum + size, 0);
  if (found === expected) return parts;
  const problem = `expected ${expected} bytes of weights, found ${found}`;
  const paths = parts.map(({ path }) => path).join(", ");
  throw new FileError(paths, `${problem}. The file is truncated or belongs to another model`);
}

/** The path that a name in `file` stands for. Neither it nor what it links to may lie outside of the file's folder. */
async function insideFolder(name: string, file: string, place: string): Promise<string> {
  const folder = dirname(file);
  const path = `${folder}${sep}${name}`;
  const target = await realpath(path).catch(() => undefined);
  const inside = !isAbsolute(name) && isInside(resolve(folder), resolve(path));
  if (inside && (target === undefined || isInside(await realpath(folder), target))) return path;
  const why = inside ? `${show(name)}, a link that leads out of it` : show(name);
  throw new FileError(
    file,
    `${place}: must name a file in the folder of the model, got ${why}. Copy the weights there`,
  );
}
