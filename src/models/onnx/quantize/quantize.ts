import { FileError, requireThat } from "../../../errors.js";
import { METADATA_KEY } from "../export.js";
import { DATA_TYPE, type OnnxValueInfo } from "../messages.js";
import { encodeModel } from "../proto.js";
import { activationScheme, type TensorRange, type WeightBits } from "./affine.js";
import { Graph } from "./graph.js";
import { planOf } from "./plan.js";
import { insertRounding } from "./rewrite.js";
import { simplify } from "./simplify.js";

/** Key of the file's metadata_props under which it says how a model was quantised. */
export const QUANTIZATION_KEY = `${METADATA_KEY}.quantization`;

/** A float model, ready to have its values observed. */
export interface QuantizationProbe {
  /** The same function, as ONNX, whose outputs after the first ones are the values to be observed. */
  readonly model: Uint8Array;
  /** Names of those outputs, in order: float32 tensors. */
  readonly values: readonly string[];
}

/** How a model is quantised. */
export interface QuantizeOptions {
  /** The model's name, for messages. */
  readonly path: string;
  /** A scale for each output channel of the weights, and not one for the tensor. @defaultValue true */
  readonly perChannel?: boolean;
  /** 8 is more exact, but sums may saturate on x86 processors without VNNI; with 7 they can't. @defaultValue 7 */
  readonly weightBits?: WeightBits;
  /** What to record of the quantisation under {@link QUANTIZATION_KEY}. */
  readonly record?: object;
}

/**
 * Finds the values of a float model whose ranges {@link quantizeOnnx} needs.
 *
 * @param path the model's name, for messages
 * @throws FileError if the bytes are no ONNX model, if it can't be changed safely, or if it has nothing to quantise
 */
export function quantizationProbe(bytes: Uint8Array, path: string): QuantizationProbe {
  const { graph, values } = prepare(bytes, path);
  const { output } = graph.model.graph;
  const known = new Set([...graph.model.graph.input, ...output].map(({ name }) => name));
  const added = values.filter((name) => !known.has(name)).map(floatTensor);
  const model = { ...graph.model, graph: { ...graph.model.graph, output: [...output, ...added] } };
  return { model: encodeModel(model), values };
}

/**
 * A model with 8-bit weights and activations (QDQ form: QuantizeLinear and DequantizeLinear around each operation),
 * which a runtime computes in integers. Activations are unsigned with a zero point; weights are symmetric; biases have
 * 32 bits. Batch norms and zero padding are merged into convolutions, ReLUs into roundings. What can't be quantised
 * stays in floats, and so do the scores.
 *
 * The method is that of Jacob et al., "Quantization and training of neural networks for efficient
 * integer-arithmetic-only inference" (CVPR 2018), section 2, with a scale a channel. The same arguments give the same
 * bytes.
 *
 * @param ranges of the values that {@link quantizationProbe} names
 * @throws FileError as {@link quantizationProbe} does @throws ArgumentError if a range is missing or not finite
 */
export function quantizeOnnx(
  bytes: Uint8Array,
  ranges: ReadonlyMap<string, TensorRange>,
  options: QuantizeOptions,
): Uint8Array {
  const { perChannel = true, weightBits = 7, record = {} } = options;
  requireThat(weightBits === 7 || weightBits === 8, "quantizeOnnx", "weightBits", "7 or 8", weightBits);
  const { graph, plan, values } = prepare(bytes, options.path);
  const schemes = new Map(values.map((name) => [name, activationScheme(rangeOf(ranges, name))]));
  insertRounding(graph, plan, schemes, { perChannel, bits: weightBits });
  const others = graph.model.metadataProps.filter(({ key }) => key !== QUANTIZATION_KEY);
  const said = { weightBits, activationBits: 8, perChannel, ...record };
  const metadataProps = [...others, { key: QUANTIZATION_KEY, value: JSON.stringify(said) }];
  return encodeModel({ ...graph.model, producerName: "smoothcert", metadataProps });
}

function prepare(bytes: Uint8Array, path: string): { graph: Graph; plan: ReturnType<typeof planOf>; values: string[] } {
  const graph = Graph.decode(bytes, path);
  simplify(graph);
  const plan = planOf(graph);
  if (plan.nodes.size > 0) return { graph, plan, values: [...new Set(plan.values.values())] };
  const operators = [...new Set(graph.nodes.map(({ opType }) => opType))].sort().join(", ");
  throw new FileError(
    path,
    `expected a Conv, Gemm or MatMul whose weights are float32 constants, found none among its operators: ${operators}`,
  );
}

function rangeOf(ranges: ReadonlyMap<string, TensorRange>, name: string): TensorRange {
  const range = ranges.get(name);
  requireThat(
    range !== undefined,
    "quantizeOnnx",
    "ranges",
    `given for each value of the probe, also '${name}'`,
    range,
  );
  return range;
}

/** A float32 output of unknown shape. */
function floatTensor(name: string): OnnxValueInfo {
  return { name, type: { tensorType: { elemType: DATA_TYPE.float } } };
}
