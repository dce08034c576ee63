import { registerBatchNormTraining } from "./batch-norm-training.js";
import { registerBlockLstm } from "./block-lstm.js";
import { registerFusedConvolution } from "./convolution.js";
import { registerCrossEntropy } from "./cross-entropy.js";
import { registerLabelCrossEntropy } from "./label-cross-entropy.js";
import { registerLstmRecurrence } from "./lstm-recurrence.js";
import { registerMaxPool } from "./max-pool.js";
import { registerReluGradient } from "./relu-gradient.js";
import { registerResidualBlocks } from "./residual-blocks.js";
import { registerScaledSum } from "./scaled-sum.js";
import { registerTrainingNorm } from "./training-norm.js";
import { registerWinograd } from "./winograd.js";

let registered = false;

/** Gives what training spends its time on to TensorFlow's own kernels, and to ours, for every model; once for all. */
export function registerFusedKernels(): void {
  if (registered) return;
  registered = true;
  registerReluGradient();
  registerMaxPool();
  registerTrainingNorm();
  registerBatchNormTraining();
  registerFusedConvolution();
  registerCrossEntropy();
  registerLabelCrossEntropy();
  registerWinograd();
  registerResidualBlocks();
  registerBlockLstm();
  registerLstmRecurrence();
  registerScaledSum();
}
