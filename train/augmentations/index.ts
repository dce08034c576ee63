import { CROP } from "./crop.js";
import { CUTMIX } from "./cutmix.js";
import { CUTOUT } from "./cutout.js";
import { FLIP } from "./flip.js";
import { JITTER } from "./jitter.js";
import { MIXUP } from "./mixup.js";
import { ROTATE } from "./rotate.js";
import type { Transform } from "./transform.js";

/** Every transform. */
export const TRANSFORMS: readonly Transform[] = [CROP, FLIP, ROTATE, JITTER, CUTOUT, MIXUP, CUTMIX];
