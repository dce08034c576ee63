import * as tfl from "@tensorflow/tfjs-layers";
import { ZEROS } from "./plain-networks.js";

/** The layers that residual networks are made of. */

type Symbolic = tfl.SymbolicTensor;

/** A convolution without bias, padded by half the kernel on every side, also where it is strided. */
export function convolve(x: Symbolic, name: string, filters: number, kernelSize: number, strides: number): Symbolic {
  const pad = strides > 1 && kernelSize > 1;
  const half = (kernelSize - 1) / 2;
  const input = pad ? tfl.layers.zeroPadding2d({ padding: half, name: `${name}_pad` }).apply(x) : x;
  const padding = pad ? "valid" : "same";
  const shape = { filters, kernelSize, strides, padding, useBias: false } as const;
  return tfl.layers.conv2d({ ...ZEROS, ...shape, name: `${name}_conv` }).apply(input) as Symbolic;
}

/** Batch norm with PyTorch's defaults, under which the published networks were trained. */
export function normalize(x: Symbolic, name: string): Symbolic {
  const norm = tfl.layers.batchNormalization({ momentum: 0.9, epsilon: 1e-5, name: `${name}_norm` });
  return norm.apply(x) as Symbolic;
}

export function relu(x: Symbolic, name: string): Symbolic {
  return tfl.layers.activation({ activation: "relu", name: `${name}_relu` }).apply(x) as Symbolic;
}

export function add(x: Symbolic, y: Symbolic, name: string): Symbolic {
  return tfl.layers.add({ name: `${name}_add` }).apply([x, y]) as Symbolic;
}
