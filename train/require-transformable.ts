import { requireThat } from "../src/index.js";
import { NO_TRANSFORMS } from "./augmentations/chain-text.js";
import type { Objective } from "./objective.js";

/** @throws ArgumentError if there are transforms, which the objective's copies must not go through */
export function requireTransformable(objective: Objective, transforms = NO_TRANSFORMS, where = "train"): void {
  const { untransformed } = objective;
  const fits = transforms === NO_TRANSFORMS || untransformed === undefined;
  requireThat(fits, where, "augment", `${NO_TRANSFORMS}, since ${untransformed}`, transforms);
}
