/** Nodes that are no functions of their inputs: random ones, and those that behave as in training. */
import { numbersOf } from "../constants.js";
import { attributeOf, isStandard } from "../node.js";
import type { LiveNode } from "./live-nodes.js";

const RANDOM = [
  "Bernoulli",
  "Multinomial",
  "RandomNormal",
  "RandomNormalLike",
  "RandomUniform",
  "RandomUniformLike",
] as const;

/** ONNX Runtime's own dropouts, fused or not, by the place of their `training_mode` among the inputs. */
const DROPOUTS: Readonly<Record<string, number>> = { BiasDropout: 4, BitmaskDropout: 2, BitmaskBiasDropout: 4 };

/**
 * Why a node is no function of its inputs: a sentence about it, without its subject; undefined if it is one, as far
 * as the file tells.
 */
export function notAFunction(live: LiveNode): string | undefined {
  const { node } = live;
  const { opType, domain } = node;
  if (domain === "com.microsoft") {
    if (opType === "Sampling") return "draws random numbers in each run";
    return opType in DROPOUTS ? dropout(live, DROPOUTS[opType]) : undefined;
  }
  if (!isStandard(node)) return undefined;
  if ((RANDOM as readonly string[]).includes(opType)) return "draws random numbers in each run";
  if (opType === "Dropout") return dropout(live, 2);
  return opType === "BatchNormalization" ? batchNormalization(live) : undefined;
}

/** Before opset 12 a Dropout of ONNX Runtime does nothing. */
function dropout({ node, opset, constant }: LiveNode, place: number): string | undefined {
  if (isStandard(node) && opset < 12) return undefined;
  const [training] = numbersOf(constant(node.input[place] ?? "")) ?? [0];
  const ratioName = node.input[place - 1] ?? "";
  const [ratio] = ratioName === "" ? [0.5] : (numbersOf(constant(ratioName)) ?? [0]);
  return training && ratio > 0 ? "is in training mode: it sets values to 0 at random" : undefined;
}

/** ONNX Runtime also takes more outputs than one, before opset 14, for training. */
function batchNormalization({ node, opset }: LiveNode): string | undefined {
  const training = opset >= 14 ? attributeOf(node, "training_mode")?.i === 1 : node.output.length > 1;
  const sign = opset >= 14 ? "training_mode = 1" : `${node.output.length} outputs`;
  if (!training) return undefined;
  return `is in training mode (${sign}): it normalises by the images of the batch, and keeps count of them`;
}
