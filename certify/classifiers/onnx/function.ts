import { FileError } from "../../../src/errors.js";
import { inspectOnnx } from "../../../src/models/onnx/inspect/inspect.js";
import { decodeModel } from "../../../src/models/onnx/proto.js";
import type { Rounding } from "../canary.js";
import { requireFunctionOfOneImage } from "../one-image.js";
import type { OnnxFile } from "./file.js";
import type { OnnxNetwork } from "./network.js";
import { computesInFloat32, OPENVINO_BF16 } from "./provider.js";

/** Images of the batch that is measured, where any number goes. */
const SIZE = 4;

/**
 * Graphics processors may multiply with 10 bits after the point, by other ways for other batches; on the CPU float32
 * is float32.
 */
const COARSE_PRECISION = 2 ** -8;

/**
 * Two ways to compute a network of 8-bit integers round a value on the edge of two of them to different ones, and what
 * comes after with it, as ONNX Runtime does with and without its own optimizations. The scores then differ by as much
 * as noise on the pixels changes, however small: of 160 scores, the one that differs most by about as much as the one
 * that noise changes most.
 */
const INTEGER_SLACK = 4;

/** Shares of the scores' range: rounding at their end alone; and in bfloat16, with 8 bits, after each layer. */
const UNITS = 2 ** -16;
const BFLOAT16_UNITS = 2 ** -5;

/**
 * How far scores may be from those of the processor's ONNX Runtime, by rounding alone.
 *
 * @param bytes of the model's file
 * @param provider what computes
 */
export function roundingOf(bytes: Uint8Array, provider: string): Rounding {
  const isInteger = decodeModel(bytes).graph.node.some(({ opType }) => opType.endsWith("QuantizeLinear"));
  return {
    precision: COARSE_PRECISION,
    slack: isInteger ? INTEGER_SLACK : 1,
    units: provider === OPENVINO_BF16 ? BFLOAT16_UNITS : UNITS,
  };
}

/**
 * Refuses a network that is no function of one image: by its graph, where that is certain, else by measurement.
 *
 * @throws FileError naming the node, or saying what was measured and which nodes it may be
 */
export async function requireFunctionOfImage(file: OnnxFile, network: OnnxNetwork): Promise<void> {
  const { form, output, provider } = network;
  const input = { name: form.name, rank: 1 + form.dims.length, batch: form.fixedBatch };
  const { fault, suspects } = inspectOnnx(file.bytes, file.path, input, output);
  if (fault !== undefined) {
    const next = "Export it without: in PyTorch after model.eval(), with training=TrainingMode.EVAL";
    throw new FileError(file.path, `expected a function of one image, but its ${fault}. ${next}`);
  }
  const precision = computesInFloat32(provider) ? {} : { precision: COARSE_PRECISION };
  await requireFunctionOfOneImage(network, file.path, { size: form.fixedBatch ?? SIZE, ...precision }, suspects);
}
