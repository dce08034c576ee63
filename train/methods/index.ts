import type { Method } from "../method.js";
import { AGGREGATE } from "./aggregate.js";
import { CAT_RS } from "./cat-rs.js";
import { CONSISTENCY } from "./consistency.js";
import { GAUSSIAN } from "./gaussian.js";
import { GRADIENT_NORM } from "./gradient-norm.js";
import { MACER } from "./macer.js";
import { MAXUP } from "./maxup.js";
import { OHEM } from "./ohem.js";
import { PGD } from "./pgd.js";
import { SMOOTHADV } from "./smoothadv.js";
import { SMOOTHMIX } from "./smoothmix.js";
import { STABILITY } from "./stability.js";

/** Every training method. */
export const METHODS: readonly Method[] = [
  GAUSSIAN,
  MAXUP,
  AGGREGATE,
  GRADIENT_NORM,
  SMOOTHADV,
  CONSISTENCY,
  MACER,
  SMOOTHMIX,
  CAT_RS,
  STABILITY,
  PGD,
  OHEM,
];
