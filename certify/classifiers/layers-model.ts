import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { dimensionOf, FileError, FoldedInference, type ImageShape, requireThat } from "../../src/index.js";
import { argmax, type BaseClassifier } from "../sampling/base-classifier.js";
import { fastest } from "../sampling/speed.js";
import { batchSizeFor, requireBatchSize } from "./batch-size.js";
import { hashWithFeed } from "./hash.js";
import { type PixelScaling, pixelTransform } from "./pixel-transform.js";

/** What {@link layersClassifier} needs to know beside the model. */
export interface LayersClassifierOptions {
  readonly name: string;
  /** SHA-256 of the saved model. */
  readonly hash: string;
  readonly imageShape: ImageShape;
  /** The engine's name and version, for the log. */
  readonly engine: string;
  /** @defaultValue pixels in [0, 1] as they are */
  readonly scaling?: PixelScaling;
  /** Most images computed at once; integer >= 1. @defaultValue some hundreds for small images, fewer for large ones */
  readonly batchSize?: number;
}

/**
 * A TensorFlow.js model (input [batch, height, width, channels], output logits or probabilities [batch, classes]) as a
 * base classifier, computed by the engine in use. Weights are read now: what becomes of the model later does not count.
 *
 * @throws ArgumentError if the model takes images of another shape
 */
export function layersClassifier(model: LayersModel, options: LayersClassifierOptions): BaseClassifier {
  const { imageShape, batchSize } = options;
  const takes = model.inputs[0].shape.slice(1);
  const fits = takes.join() === imageShape.join();
  requireThat(fits, options.name, "the images' shape", `[${takes}], which the model takes`, imageShape);
  if (batchSize !== undefined) {
    requireBatchSize(batchSize, imageShape, "layersClassifier");
    return inBatches(model, options, batchSize);
  }
  const usual = batchSizeFor(imageShape);
  const classifier = inBatches(model, options, usual);
  return {
    ...classifier,
    async tuned(noise, x, example) {
      await classifier.close?.();
      const ways = [1, 1 / 4, 2, 4].map((factor) => () => inBatches(model, options, Math.ceil(usual * factor)));
      return fastest(ways, noise, x, example);
    },
  };
}

/** What TensorFlow.js computes. @throws FileError where a model that it could build cannot be computed */
function computed(name: string, task: () => tf.Tensor): tf.Tensor {
  try {
    return tf.tidy(task);
  } catch (cause) {
    throw new FileError(name, `TensorFlow.js cannot compute the model: ${(cause as Error).message}`, { cause });
  }
}

function inBatches(model: LayersModel, options: LayersClassifierOptions, batchSize: number): BaseClassifier {
  const { imageShape, name, hash, scaling, engine: runtime } = options;
  const dimension = dimensionOf(imageShape);
  const classes = model.outputs[0].shape.at(-1) as number;
  const transform = pixelTransform(imageShape, "nhwc", scaling);
  const buffer = new Float32Array(transform === undefined ? 0 : batchSize * dimension);
  const inference = new FoldedInference(model);
  const scores = async (batch: Float32Array, count: number): Promise<Float32Array> => {
    transform?.(batch, count, buffer);
    const data = (transform === undefined ? batch : buffer).subarray(0, count * dimension);
    const outputs = computed(name, () => {
      const images = tf.tensor(data, [count, ...imageShape], "float32");
      // TensorFlow multiplies a single row in another way than rows of a batch, which rounds differently: an image that
      // comes alone comes twice.
      return inference.outputs(count === 1 ? tf.concat([images, images]) : images);
    });
    const values = await outputs.data<"float32">();
    outputs.dispose();
    return values;
  };
  return {
    name,
    inputShape: imageShape,
    classes,
    hash: scaling === undefined ? hash : hashWithFeed(hash, "nhwc", scaling),
    runtime,
    batchSize,
    scores,
    async classify(batch, count, labels) {
      const found = await scores(batch, count);
      for (let i = 0; i < count; i++) labels[i] = argmax(found, i * classes, classes, name);
    },
    async close() {
      inference.dispose();
    },
  };
}
