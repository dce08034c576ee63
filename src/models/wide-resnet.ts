/**
 * Residual networks with batch norm and ReLU before each convolution: the pre-activation ResNets of He et al. (2016,
 * "Identity mappings in deep residual networks") and, with more channels, the wide ResNets of Zagoruyko and Komodakis
 * (2016), table 1, without dropout. Where a stage changes the shape, the shortcut is a 1x1 convolution of what the
 * first norm and ReLU of the block gave, as in their code.
 */
import * as tfl from "@tensorflow/tfjs-layers";
import { add, convolve, normalize, relu } from "./convolutions.js";
import { logits } from "./plain-networks.js";

type Symbolic = tfl.SymbolicTensor;

const STEM_CHANNELS = 16;

/**
 * @param blocks of two convolutions in each of the three stages: a wide ResNet of depth d has (d - 4) / 6
 * @param widen factor k of the 16, 32 and 64 channels
 */
export function preActivationResnet(blocks: number, widen: number): (x: Symbolic, classes: number) => Symbolic {
  const channels = [16, 32, 64].map((each) => each * widen);
  return (pixels, classes) => {
    let x = convolve(pixels, "stem", STEM_CHANNELS, 3, 1);
    for (const [stage, width] of channels.entries()) {
      for (let block = 0; block < blocks; block++) {
        const stride = stage > 0 && block === 0 ? 2 : 1;
        x = preActivationBlock(x, `stage${stage + 1}_block${block + 1}`, width, stride);
      }
    }
    const features = tfl.layers.globalAveragePooling2d({ name: "pool" }).apply(activate(x, "last")) as Symbolic;
    return logits(features, classes);
  };
}

function preActivationBlock(x: Symbolic, name: string, channels: number, stride: number): Symbolic {
  const active = activate(x, `${name}_a`);
  const hidden = activate(convolve(active, `${name}_a`, channels, 3, stride), `${name}_b`);
  const sameShape = stride === 1 && x.shape[3] === channels;
  const shortcut = sameShape ? x : convolve(active, `${name}_shortcut`, channels, 1, stride);
  return add(convolve(hidden, `${name}_b`, channels, 3, 1), shortcut, name);
}

function activate(x: Symbolic, name: string): Symbolic {
  return relu(normalize(x, name), name);
}
