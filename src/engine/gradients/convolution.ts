import * as tf from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";

/** What is used of the layer `conv2d`. */
export interface Conv2d {
  readonly kernel: tfl.LayerVariable;
  readonly bias: tfl.LayerVariable | null;
  readonly strides: [number, number];
  readonly padding: "same" | "valid";
  readonly dilationRate: [number, number];
  readonly dataFormat: "channelsFirst" | "channelsLast";
  readonly activation: { getClassName(): string } | null;
}

/**
 * Lets the layer `conv2d` without bias and activation call TensorFlow.js's plain convolution, on every engine. The
 * original calls the fused one, whose gradient is taken for images and filters at once: also for images of which nobody
 * asks the gradient, as at a network's first layer, and for filters in an attack.
 */
export function registerPlainConvolution(): void {
  const layer = Object.getPrototypeOf(
    tfl.layers.conv2d({ filters: 1, kernelSize: 1, name: "plain" }),
  ) as tfl.layers.Layer;
  const original = layer.call;
  layer.call = function (this: tfl.layers.Layer & Conv2d, inputs, kwargs) {
    if (!isPlain(this)) return original.call(this, inputs, kwargs);
    const x = (Array.isArray(inputs) ? inputs[0] : inputs) as tf.Tensor4D;
    const kernel = this.kernel.read() as tf.Tensor4D;
    return tf.conv2d(x, kernel, this.strides, this.padding, "NHWC", this.dilationRate);
  };
}

function isPlain({ bias, activation, dataFormat }: Conv2d): boolean {
  return (
    bias === null && dataFormat === "channelsLast" && (activation === null || activation.getClassName() === "linear")
  );
}
