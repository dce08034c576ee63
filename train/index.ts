export { expectedWinnerForm, firstOrderRisk, secondOrderRisk } from "./theory/expansion.js";
export { expectedMax, expectedMaxSquared } from "./theory/max-of-normals.js";
export {
  type BatchLoss,
  estimateRisk,
  type RiskEstimate,
  type RiskOptions,
  sampleExcess,
  sampleMean,
} from "./theory/risk.js";
export {
  gaussNewtonTaylor,
  logitLoss,
  type QuadraticForm,
  type SmoothLoss,
  type TaylorPolynomial,
  taylorAt,
  type Vector,
} from "./theory/taylor.js";
