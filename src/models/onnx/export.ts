import type * as tfl from "@tensorflow/tfjs-layers";
import { ArgumentError, requireThat } from "../../errors.js";
import { writeWhole } from "../../files/write.js";
import { type ModelSignature, signatureOf } from "../image-model.js";
import type { ModelMetadata } from "../metadata.js";
import { activation, leakyReLU, reLU, softmax } from "./activations.js";
import { dense, identity, merge, rescaling } from "./arithmetic.js";
import { affineOf, batchNormalization, convolution, emitConvolution, FOLDABLE } from "./convolution.js";
import { channelsFirst, type Emitter, type LayerCall } from "./emitter.js";
import { GraphBuilder, type Value } from "./graph-builder.js";
import { DATA_TYPE, type OnnxDimension, type OnnxValueInfo } from "./messages.js";
import { encodeModel } from "./proto.js";
import * as shapes from "./shapes.js";

export interface OnnxExportOptions {
  /** Order of the input's dimensions: `nchw`, PyTorch's, is what other tools expect. Default `nchw`. */
  readonly layout?: "nchw" | "nhwc" | undefined;
  /** Fold each batch norm into the convolution before it. Default true. */
  readonly foldBatchNorm?: boolean | undefined;
  /** Record that travels in the file; read it with `readOnnxMetadata`. */
  readonly metadata?: ModelMetadata | undefined;
}

/** Key of the file's metadata_props under which our record stands. */
export const METADATA_KEY = "smoothcert";

const IR_VERSION = 8;
const OPSET = 17;

const EMITTERS: Readonly<Record<string, Emitter>> = {
  Activation: activation,
  Add: merge("Sum", "Add"),
  Average: merge("Mean"),
  AveragePooling2D: shapes.averagePooling,
  BatchNormalization: batchNormalization,
  Concatenate: shapes.concatenate,
  Conv2D: convolution,
  Cropping2D: shapes.cropping,
  Dense: dense,
  DepthwiseConv2D: convolution,
  Dropout: identity,
  Flatten: shapes.flatten,
  GaussianDropout: identity,
  GaussianNoise: identity,
  GlobalAveragePooling2D: shapes.globalAveragePooling,
  GlobalMaxPooling2D: shapes.globalMaxPooling,
  LeakyReLU: leakyReLU,
  MaxPooling2D: shapes.maxPooling,
  Maximum: merge("Max"),
  Minimum: merge("Min"),
  ReLU: reLU,
  Rescaling: rescaling,
  Reshape: shapes.reshape,
  Softmax: softmax,
  ZeroPadding2D: shapes.zeroPadding,
};

/**
 * Writes a classifier of images as an ONNX model (opset 17) with a dynamic batch `N`: input `pixels`, float32, output
 * `logits` [N, classes]. Inside, images are channels first whatever the layout of the input.
 *
 * @throws ArgumentError naming a layer that cannot be written, its class and which can
 */
export function exportOnnx(model: tfl.LayersModel, options: OnnxExportOptions = {}): Uint8Array {
  const { layout = "nchw", foldBatchNorm = true, metadata } = options;
  requireThat(layout === "nchw" || layout === "nhwc", "exportOnnx", "layout", "nchw or nhwc", layout);
  const signature = signatureOf(model);
  const graph = new GraphBuilder();
  const input = layout === "nchw" ? "pixels" : channelsFirst(graph, "pixels_nchw", "pixels");
  const output = new LayerWalk(graph, model, input, foldBatchNorm).valueOf(model.outputs[0]);
  graph.rename(output.name, "logits");
  return encodeModel({
    irVersion: IR_VERSION,
    producerName: "smoothcert",
    opsetImport: [{ domain: "", version: OPSET }],
    graph: {
      name: model.name,
      node: graph.nodes,
      initializer: graph.initializers,
      input: [valueInfo("pixels", inputDimensions(signature, layout))],
      output: [valueInfo("logits", [signature.classes])],
    },
    metadataProps: metadata === undefined ? [] : [{ key: METADATA_KEY, value: JSON.stringify(metadata) }],
  });
}

/** {@link exportOnnx} to a file, which appears whole or not at all; its folder is made if need be. */
export async function saveOnnx(model: tfl.LayersModel, path: string, options: OnnxExportOptions = {}): Promise<void> {
  // A GPU's weights can only be waited for; then they are at hand.
  await Promise.all(model.weights.map((weight) => weight.read().data()));
  const bytes = exportOnnx(model, options);
  await writeWhole(path, bytes);
}

function inputDimensions({ inputShape: [height, width, channels] }: ModelSignature, layout: "nchw" | "nhwc"): number[] {
  return layout === "nchw" ? [channels, height, width] : [height, width, channels];
}

function valueInfo(name: string, sizes: readonly number[]): OnnxValueInfo {
  const dim: OnnxDimension[] = [{ dimParam: "N" }, ...sizes.map((dimValue) => ({ dimValue }))];
  return { name, type: { tensorType: { elemType: DATA_TYPE.float, shape: { dim } } } };
}

/** Follows a model's layers from a tensor back to the input, and writes each once, inputs first. */
class LayerWalk {
  readonly #values = new Map<number, Value>();
  readonly #uses = new Map<number, number>();

  constructor(
    readonly graph: GraphBuilder,
    model: tfl.LayersModel,
    input: string,
    readonly fold: boolean,
  ) {
    const [pixels] = model.inputs;
    this.#values.set(pixels.id, { name: input, shape: sizesOf(pixels) });
    this.#countUses(model.outputs[0]);
  }

  #countUses(tensor: tfl.SymbolicTensor): void {
    const uses = this.#uses.get(tensor.id) ?? 0;
    this.#uses.set(tensor.id, uses + 1);
    if (uses > 0 || this.#values.has(tensor.id)) return;
    for (const input of inputsOf(tensor)) this.#countUses(input);
  }

  valueOf(tensor: tfl.SymbolicTensor): Value {
    const known = this.#values.get(tensor.id);
    if (known !== undefined) return known;
    const value = { name: this.#emit(tensor), shape: sizesOf(tensor) };
    this.#values.set(tensor.id, value);
    return value;
  }

  #emit(tensor: tfl.SymbolicTensor): string {
    const className = tensor.sourceLayer.getClassName();
    const emitter = EMITTERS[className];
    if (emitter === undefined) throw unsupportedLayer(tensor.sourceLayer.name, className);
    if (className === "BatchNormalization" && this.#isFoldable(inputsOf(tensor)[0])) {
      const [convolved] = inputsOf(tensor);
      const norm = callOf(tensor, [{ name: "", shape: sizesOf(convolved) }]);
      return emitConvolution(this.graph, this.#call(convolved), affineOf(norm));
    }
    return emitter(this.graph, this.#call(tensor));
  }

  #call(tensor: tfl.SymbolicTensor): LayerCall {
    return callOf(
      tensor,
      inputsOf(tensor).map((input) => this.valueOf(input)),
    );
  }

  /** A convolution without activation, whose output goes to the batch norm alone. */
  #isFoldable(tensor: tfl.SymbolicTensor): boolean {
    const layer = tensor.sourceLayer;
    if (!this.fold || !FOLDABLE.includes(layer.getClassName()) || this.#uses.get(tensor.id) !== 1) return false;
    return layer.getConfig().activation === "linear";
  }
}

function inputsOf(tensor: tfl.SymbolicTensor): tfl.SymbolicTensor[] {
  return tensor.sourceLayer.inboundNodes[tensor.nodeIndex].inputTensors;
}

function callOf(tensor: tfl.SymbolicTensor, inputs: readonly Value[]): LayerCall {
  const layer = tensor.sourceLayer;
  const config = layer.getConfig() as Record<string, unknown>;
  return { layer, name: layer.name, className: layer.getClassName(), config, inputs, outputShape: sizesOf(tensor) };
}

function sizesOf(tensor: tfl.SymbolicTensor): number[] {
  return tensor.shape.slice(1) as number[];
}

function unsupportedLayer(name: string, className: string): ArgumentError {
  const supported = Object.keys(EMITTERS).join(", ");
  const message = `exportOnnx: layer "${name}" of class ${className} is not supported. Supported: ${supported}`;
  return new ArgumentError(message, "model", className);
}
