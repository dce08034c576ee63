import type { ImageShape } from "smoothcert";

/** What the check of a GPU measures, by its size: `full` for a GPU, `tiny` to rehearse it on a software driver. */

export type Size = "full" | "tiny";

export type TrainedNet = "lenet" | "resnet20" | "resnet110";
export type CertifiedNet = "resnet20" | "resnet50";

export interface TrainingCase {
  readonly kind: "train";
  readonly net: TrainedNet;
  readonly batch: number;
  readonly copies: number;
  /** Steps that are measured, a multiple of {@link READ_EVERY}. */
  readonly steps: number;
}

export interface CertificationCase {
  readonly kind: "certify";
  readonly net: CertifiedNet;
  /** TensorFlow.js or ONNX Runtime. */
  readonly runtime: "tfjs" | "onnx";
  readonly batch: number;
  readonly samples: number;
}

export type Case = { readonly kind: "adapter" } | { readonly kind: "conformance" } | TrainingCase | CertificationCase;

/** Steps whose values are read together; as many come before those that are measured. */
export const READ_EVERY = 4;

export const SIGMA = 0.25;

const IMAGES: Record<TrainedNet | CertifiedNet, ImageShape> = {
  lenet: [28, 28, 1],
  resnet20: [32, 32, 3],
  resnet110: [32, 32, 3],
  resnet50: [224, 224, 3],
};

/** Height, width, channels. */
export function shapeOf(net: TrainedNet | CertifiedNet, size: Size): ImageShape {
  if (size === "full") return IMAGES[net];
  return net === "lenet" ? [16, 16, 1] : [net === "resnet50" ? 32 : 8, net === "resnet50" ? 32 : 8, 3];
}

const train = (net: TrainedNet, batch: number, copies: number, steps: number): TrainingCase => ({
  kind: "train",
  net,
  batch,
  copies,
  steps,
});

const certify = (
  net: CertifiedNet,
  runtime: CertificationCase["runtime"],
  batch: number,
  samples: number,
): CertificationCase => ({ kind: "certify", net, runtime, batch, samples });

const FULL: readonly Case[] = [
  { kind: "adapter" },
  { kind: "conformance" },
  train("lenet", 256, 1, 40),
  train("lenet", 256, 4, 40),
  train("lenet", 256, 25, 16),
  train("resnet20", 128, 1, 40),
  train("resnet20", 128, 4, 20),
  train("resnet20", 128, 25, 8),
  train("resnet110", 128, 1, 12),
  train("resnet110", 128, 4, 8),
  train("resnet110", 128, 25, 4),
  certify("resnet20", "tfjs", 512, 40_960),
  certify("resnet20", "onnx", 512, 40_960),
  certify("resnet50", "tfjs", 64, 2_048),
  certify("resnet50", "onnx", 64, 2_048),
];

/** The same kinds of cases, as small as they get. */
const TINY: readonly Case[] = [
  { kind: "adapter" },
  { kind: "conformance" },
  train("lenet", 2, 1, 4),
  train("resnet20", 2, 2, 4),
  certify("resnet20", "tfjs", 2, 4),
  certify("resnet20", "onnx", 2, 4),
  certify("resnet50", "tfjs", 1, 1),
];

export function casesOf(size: Size): readonly Case[] {
  return size === "full" ? FULL : TINY;
}

/** A case for people. */
export function nameOf(one: Case): string {
  switch (one.kind) {
    case "train":
      return `train ${one.net}, batch ${one.batch}, ${one.copies === 1 ? "plain" : `MaxUp m = ${one.copies}`}`;
    case "certify":
      return `certify ${one.net}, ${one.runtime === "onnx" ? "ONNX Runtime" : "TensorFlow.js"}, batch ${one.batch}`;
    default:
      return one.kind;
  }
}
