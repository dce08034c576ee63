/** Which layers keep a network piecewise linear, so that its Gauss-Newton matrix is its Hessian almost everywhere. */

import type * as tfl from "@tensorflow/tfjs-layers";

/** Layers that are linear, or linear on each of finitely many regions, whatever their weights. */
const PIECEWISE_LINEAR = [
  "InputLayer",
  "Dense",
  "Conv2D",
  "DepthwiseConv2D",
  "SeparableConv2D",
  "Activation",
  "ReLU",
  "LeakyReLU",
  "BatchNormalization",
  "MaxPooling2D",
  "GlobalMaxPooling2D",
  "AveragePooling2D",
  "GlobalAveragePooling2D",
  "Flatten",
  "Reshape",
  "Permute",
  "Add",
  "Average",
  "Maximum",
  "Minimum",
  "Concatenate",
  "Cropping2D",
  "ZeroPadding2D",
  "Dropout",
  "GaussianNoise",
  "Rescaling",
];

/**
 * The layers that bend between their kinks, by name: nonempty if `modelTaylor` leaves curvature out. Layers that are
 * not known count as bent.
 */
export function curvedLayers(model: tfl.LayersModel): string[] {
  return model.layers.filter((layer) => !isPiecewiseLinear(layer)).map((layer) => layer.name);
}

function isPiecewiseLinear(layer: tfl.layers.Layer): boolean {
  const { activation = "linear" } = layer.getConfig();
  return PIECEWISE_LINEAR.includes(layer.getClassName()) && ["linear", "relu", "relu6"].includes(String(activation));
}
