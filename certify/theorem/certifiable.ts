import { gaussianTheorem, requireInteger, requireThat, type SampledTheorem } from "../../src/core.js";
import { MAX_SAMPLES } from "../bounds/clopper-pearson.js";
import { isAnytime } from "./confidence-bound.js";
import { decide } from "./decision.js";
import { FIXED, requireStopRule } from "./rule.js";
import type { CertifySettings } from "./settings.js";
import { unanimous } from "./votes.js";

/** The smallest radius that settings must be able to certify, */
const WORTHWHILE_RADIUS = 0.01;
/** by the theorem of Gaussian noise with sigma 1: whatever the law, so that the fewest samples are the same for all. */
const YARDSTICK: SampledTheorem = { ...gaussianTheorem(1), distance: 0 };

/**
 * The smallest n at which a unanimous vote certifies a radius worth the name, at least sigma/100 under Gaussian noise.
 * It lies at log2(1/alpha) or one above for one bound alone: at alpha = 0.001, ten equal votes prove pA > 0.5012 and so
 * 0.003 sigma, eleven prove 0.085 sigma.
 *
 * @param settings all but n @param classes number of classes, integer >= 2
 */
export function fewestSamples(settings: Omit<CertifySettings, "n">, classes: number): number {
  const radius = (n: number): number =>
    decide(unanimous({ ...settings, n }, classes, 1), { ...settings, n }, YARDSTICK).radius;
  let n = Math.max(1, Math.floor(-Math.log2(settings.alpha)));
  while (radius(n) < WORTHWHILE_RADIUS) n++;
  return n;
}

/**
 * @throws ArgumentError for settings out of range or at odds, or with which even n equal votes certify next to nothing
 */
export function requireCertifiable(settings: CertifySettings, classes: number): void {
  const { n0, n, alpha, interval = "clopper-pearson", stop = FIXED } = settings;
  requireInteger(n0, "certify", "n0", 0, MAX_SAMPLES);
  if (settings.bound === "per-image") {
    requireThat(n0 > 0, "certify", "n0", "at least 1 where bound is per-image, which is chosen by its votes", n0);
  }
  requireInteger(n, "certify", "n", 1, MAX_SAMPLES);
  requireThat(alpha > 0 && alpha <= 0.5, "certify", "alpha", "in (0, 1/2]", alpha);
  if (interval === "betting-prior") requireInteger(n0 + n, "certify", "n0 + n", 1, MAX_SAMPLES);
  requireStopRule(stop, "certify");
  requireThat(
    stop.kind === "fixed" || isAnytime(interval),
    "certify",
    "interval",
    `union, betting or betting-prior where the samples stop by a rule (${stop.kind})`,
    interval,
    "A bound for a fixed number of samples would fail more often than alpha",
  );
  const fewest = fewestSamples(settings, classes);
  requireThat(
    n >= fewest,
    "certify",
    "n",
    `at least ${fewest} for alpha = ${alpha}`,
    n,
    "With fewer samples even a unanimous vote certifies nothing worth the name, " +
      "and almost every answer is an abstention. Take n = 1000 or more",
  );
}
