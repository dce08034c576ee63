import * as tfl from "@tensorflow/tfjs-layers";
import type { ImageShape } from "smoothcert";
import { add, convolve, normalize, relu } from "../../src/models/convolutions.js";
import { initializeWeights } from "../../src/models/initialize.js";

/**
 * ResNet-50 of He et al. (2016), table 1, with the stride in the 3x3 convolutions as PyTorch has it, of random weights
 * and ten classes: as much work as the network of the ImageNet tables but for the last layer.
 */

type Symbolic = tfl.SymbolicTensor;

const STAGES = [
  { blocks: 3, width: 64 },
  { blocks: 4, width: 128 },
  { blocks: 6, width: 256 },
  { blocks: 3, width: 512 },
];

export function resnet50(inputShape: ImageShape): tfl.LayersModel {
  const pixels = tfl.input({ shape: [...inputShape], name: "pixels" });
  const stem = relu(normalized(pixels, "stem", 64, 7, 2), "stem");
  const padded = tfl.layers.zeroPadding2d({ padding: 1, name: "pool_pad" }).apply(stem);
  let x = tfl.layers.maxPooling2d({ poolSize: 3, strides: 2, name: "max_pool" }).apply(padded) as Symbolic;
  for (const [stage, { blocks, width }] of STAGES.entries()) {
    for (let block = 0; block < blocks; block++) {
      const stride = stage > 0 && block === 0 ? 2 : 1;
      x = bottleneck(x, `stage${stage + 1}_block${block + 1}`, width, stride);
    }
  }
  const pooled = tfl.layers.globalAveragePooling2d({ name: "pool" }).apply(x);
  const outputs = tfl.layers.dense({ units: 10, name: "logits" }).apply(pooled) as Symbolic;
  const model = tfl.model({ inputs: pixels, outputs, name: "resnet50" });
  initializeWeights(model, 0, "he");
  return model;
}

function bottleneck(x: Symbolic, name: string, width: number, stride: number): Symbolic {
  const narrow = relu(normalized(x, `${name}_a`, width, 1, 1), `${name}_a`);
  const inner = relu(normalized(narrow, `${name}_b`, width, 3, stride), `${name}_b`);
  const wide = normalized(inner, `${name}_c`, 4 * width, 1, 1);
  const sameShape = stride === 1 && x.shape[3] === 4 * width;
  const shortcut = sameShape ? x : normalized(x, `${name}_shortcut`, 4 * width, 1, stride);
  return relu(add(wide, shortcut, name), name);
}

function normalized(x: Symbolic, name: string, filters: number, size: number, stride: number): Symbolic {
  return normalize(convolve(x, name, filters, size, stride), name);
}
