import { CROP } from "./crop.js";
import { FLIP } from "./flip.js";
import type { Transform } from "./transform.js";

/** Every transform. */
export const TRANSFORMS: readonly Transform[] = [CROP, FLIP];
