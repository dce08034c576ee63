import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { dimensionOf, type ImageShape, requireThat } from "../../src/index.js";
import { argmax, type BaseClassifier } from "../base-classifier.js";
import { batchSizeFor } from "./batch-size.js";
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
 * A TensorFlow.js model (input [batch, height, width, channels], output logits or probabilities [batch, classes]) as a base
 * classifier, computed by the engine in use.
 *
 * @throws ArgumentError if the model takes images of another shape
 */
export function layersClassifier(model: LayersModel, options: LayersClassifierOptions): BaseClassifier {
  const { imageShape, name } = options;
  const takes = model.inputs[0].shape.slice(1);
  requireThat(
    takes.join() === imageShape.join(),
    name,
    "the images' shape",
    `[${takes}], which the model takes`,
    imageShape,
  );
  const dimension = dimensionOf(imageShape);
  const batchSize = options.batchSize ?? batchSizeFor(imageShape);
  const classes = model.outputs[0].shape.at(-1) as number;
  const transform = pixelTransform(imageShape, "nhwc", options.scaling);
  const buffer = new Float32Array(transform === undefined ? 0 : batchSize * dimension);
  return {
    name,
    inputShape: imageShape,
    classes,
    hash: options.scaling === undefined ? options.hash : hashWithFeed(options.hash, "nhwc", options.scaling),
    runtime: options.engine,
    batchSize,
    async classify(batch, count, labels) {
      transform?.(batch, count, buffer);
      const data = (transform === undefined ? batch : buffer).subarray(0, count * dimension);
      const logits = tf.tidy(() => {
        const output = model.predictOnBatch(tf.tensor(data, [count, ...imageShape], "float32")) as tf.Tensor;
        return output.dataSync();
      });
      for (let i = 0; i < count; i++) labels[i] = argmax(logits, i * classes, classes, name);
    },
  };
}
