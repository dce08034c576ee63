import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { dimensionOf, type ImageShape, type NoiseSource } from "../../src/core.js";
import type { PixelScaling } from "../classifiers/pixel-transform.js";
import type { SmoothedGradient } from "./gradient.js";

/** Below all logarithms of probabilities that float32 knows. */
const FAR = 1e6;

/** What {@link modelGradient} needs beside the model. */
export interface ModelGradientOptions {
  readonly imageShape: ImageShape;
  readonly noise: NoiseSource;
  /** Noisy copies an estimate; integer >= 1. */
  readonly copies: number;
  /** What is done to pixels in [0, 1] before the model. @defaultValue nothing */
  readonly scaling?: PixelScaling | undefined;
}

/**
 * The gradient through a TensorFlow.js model of how far the likeliest other class is ahead of `label`, log mean_i
 * p_i[other] - log mean_i p_i[label] with p_i = softmax f(x + noise_i). Its second part is the loss of SmoothAdv
 * (Salman et al. 2019); the first keeps the label's votes from being spread over classes that none of them wins. Means
 * are log-sum-exps, so that copies which the model is sure of don't round to nothing.
 *
 * @param model from images [batch, height, width, channels] to logits [batch, classes]; called in inference mode
 */
export function modelGradient(model: LayersModel, options: ModelGradientOptions): SmoothedGradient {
  const { imageShape, noise, copies, scaling } = options;
  const batch = new Float32Array(copies * dimensionOf(imageShape));
  const shape: [number, number, number, number] = [copies, ...imageShape];
  return {
    name: "model",
    copies,
    async ascent(x, label, address) {
      noise.perturb(batch, 0, x, address, copies);
      const sum = tf.tidy(() => {
        const lead = (images: tf.Tensor): tf.Scalar => smoothedLead(model, scaled(images, scaling), label);
        return tf.sum(tf.grad(lead)(tf.tensor4d(batch, shape)), 0);
      });
      const values = await sum.data();
      sum.dispose();
      return Float64Array.from(values);
    },
  };
}

/** The largest of log mean_i softmax(f(images_i))[c], c other than label, less that of the label; in nats. */
function smoothedLead(model: LayersModel, images: tf.Tensor, label: number): tf.Scalar {
  const logits = model.apply(images, { training: false }) as tf.Tensor2D;
  const logMeans = tf.logSumExp(tf.logSoftmax(logits), 0);
  const own = tf.cast(tf.oneHot(label, logits.shape[1]), "float32");
  return tf.sub(tf.max(tf.sub(logMeans, tf.mul(own, FAR))), tf.sum(tf.mul(logMeans, own)));
}

function scaled(images: tf.Tensor, { scale = 1, mean = [0], std = [1] }: PixelScaling = {}): tf.Tensor {
  return tf.div(tf.sub(tf.mul(images, scale), tf.tensor1d([...mean])), tf.tensor1d([...std]));
}
