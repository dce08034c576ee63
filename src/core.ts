/**
 * The part of the foundation that runs anywhere, a browser included: errors, mathematics, random numbers, the laws of
 * smoothing and the types of data. Nothing here, nor in what it imports, is Node's.
 */
export {
  type Dataset,
  dimensionOf,
  type Example,
  type ImageShape,
  type LabelMap,
  MAX_CLASSES,
  MAX_IMAGES,
  PIXEL_TYPES,
  type Pixels,
  type PixelType,
  type Split,
  writeUnit,
} from "./data/dataset.js";
export {
  ArgumentError,
  EngineError,
  FileError,
  IncompleteError,
  InterruptedError,
  RequeueError,
  requireInteger,
  requireThat,
  show,
} from "./errors.js";
export { exp, ln, ln1p } from "./math/elementary.js";
export { NORMAL_TAIL_ERROR, normalCdf, normalPdf, normalQuantile, normalUpperTail } from "./math/normal.js";
export { normalQuantileLower, normalQuantileUpper } from "./math/normal-quantile.js";
export { ceilTo, floorTo } from "./math/rounding.js";
export { nextDown, nextUp } from "./math/ulp.js";
export { keyOf, type NoiseAddress, requireAddress, requireCopies, STREAM } from "./noise/address.js";
export { gridThresholds } from "./noise/grid-thresholds.js";
export { fillStandardNormal } from "./noise/normal.js";
export { philox4x32 } from "./noise/philox.js";
export { CounterRandom } from "./noise/random.js";
export { fastestNoise, type NoiseImplementation, type NoiseSource } from "./noise/source.js";
export { gaussianNoise } from "./smoothing/gaussian-float.js";
export { gridNoise } from "./smoothing/gaussian-grid.js";
export { certifiedRadius, gaussianTheorem } from "./smoothing/gaussian-theorem.js";
export { hasLaw, LAWS, lawOf, NOISES, smoothingFor, smoothingOf } from "./smoothing/laws.js";
export {
  type Law,
  NORMS,
  type Norm,
  normName,
  type SampledTheorem,
  type Smoothing,
  sampledTheorem,
  type Theorem,
} from "./smoothing/smoothing.js";
export { uniformNoise } from "./smoothing/uniform-float.js";
export { visible, visibleLine } from "./text/visible.js";
export { VERSION } from "./version.js";
