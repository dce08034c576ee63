/**
 * The CIFAR ResNets of He et al. (2016), section 4.2, of depth 6n + 2: three stages of n basic blocks with 16, 32 and
 * 64 channels. Where a stage begins with a stride, the shortcut is a 1x1 convolution with batch norm, as in the
 * networks of Cohen, Rosenfeld and Kolter (2019) and of the certification tables since (He et al. also tried
 * zero-padding there).
 */
import * as tfl from "@tensorflow/tfjs-layers";
import { add, convolve, normalize, relu } from "./convolutions.js";
import { logits } from "./plain-networks.js";

type Symbolic = tfl.SymbolicTensor;

const STAGE_CHANNELS = [16, 32, 64];

/** @param depth 6n + 2 with n of at least 1 */
export function resnet(depth: number): (pixels: Symbolic, classes: number) => Symbolic {
  const blocks = (depth - 2) / 6;
  return (pixels, classes) => {
    let x = relu(convolveAndNormalize(pixels, "stem", STAGE_CHANNELS[0], 3, 1), "stem");
    for (const [stage, channels] of STAGE_CHANNELS.entries()) {
      for (let block = 0; block < blocks; block++) {
        const stride = stage > 0 && block === 0 ? 2 : 1;
        x = basicBlock(x, `stage${stage + 1}_block${block + 1}`, channels, stride);
      }
    }
    return logits(tfl.layers.globalAveragePooling2d({ name: "pool" }).apply(x) as Symbolic, classes);
  };
}

function basicBlock(x: Symbolic, name: string, channels: number, stride: number): Symbolic {
  const first = relu(convolveAndNormalize(x, `${name}_a`, channels, 3, stride), `${name}_a`);
  const second = convolveAndNormalize(first, `${name}_b`, channels, 3, 1);
  const shortcut = stride === 1 ? x : convolveAndNormalize(x, `${name}_shortcut`, channels, 1, stride);
  return relu(add(second, shortcut, name), name);
}

function convolveAndNormalize(
  x: Symbolic,
  name: string,
  ...shape: [filters: number, size: number, stride: number]
): Symbolic {
  return normalize(convolve(x, name, ...shape), name);
}
