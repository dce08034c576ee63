import { dimensionOf, requireThat, sampledTheorem } from "../../src/core.js";
import { exampleIndices, inShard } from "../log/example-range.js";
import { unanimousEnd } from "../stop/stopping.js";
import { requireCertifiable } from "../theorem/certifiable.js";
import { largestRadius } from "../theorem/decision.js";
import { stopsEarly } from "../theorem/rule.js";
import { simultaneousAlpha } from "../theorem/simultaneous.js";
import type { LoggedRun } from "./header-of.js";

/** A certification: what is certified, how, and under which noise. */
export interface CertificationRun extends Omit<LoggedRun, "familyAlpha"> {
  /** Whether alpha is the failure probability of all certificates together, and not of each. @defaultValue false */
  readonly simultaneous?: boolean | undefined;
}

/** What can come of a run, known before its first sample. */
export interface CertificationPlan {
  /** The run with the alpha of each certificate. */
  readonly run: LoggedRun;
  /** The examples that its log will hold. */
  readonly indices: readonly number[];
  /** The radius that is certified if all votes agree. */
  readonly largestRadius: number;
  /** The samples of an image whose votes all agree, selection not counted: n unless the run stops earlier. */
  readonly fewestSamples: number;
}

/**
 * Looks before the first sample at what a run asks for.
 *
 * @throws ArgumentError for settings that contradict each other or certify nothing, for radii to decide that no vote
 *   certifies, and for a classifier that has another number of classes than the data
 */
export function planCertification(asked: CertificationRun): CertificationPlan {
  const { classifier, dataset, smoothing } = asked;
  requireThat(smoothing.sigma > 0, "certify", "sigma", "greater than 0", smoothing.sigma);
  const found = `a classifier of ${dataset.name}'s ${dataset.classes.length} classes`;
  requireThat(classifier.classes === dataset.classes.length, "certify", "classifier", found, classifier.classes);
  const all = exampleIndices(dataset.length, asked);
  const run = withAlphaOfEach(asked, all.length);
  const indices = asked.shard === undefined ? all : inShard(all, asked.shard);
  requireCertifiable(run, classifier.classes);
  const theorem = sampledTheorem(smoothing, dimensionOf(dataset.shape));
  const largest = largestRadius(run, classifier.classes, theorem);
  requireReach(run, largest);
  const fewestSamples = stopsEarly(run) ? unanimousEnd(run, classifier.classes, theorem) : run.n;
  return { run, indices, largestRadius: largest, fewestSamples };
}

function withAlphaOfEach({ simultaneous, ...run }: CertificationRun, images: number): LoggedRun {
  if (!simultaneous) return run;
  requireThat(run.alpha > 0 && run.alpha <= 0.5, "certify", "alpha", "in (0, 1/2]", run.alpha);
  return { ...run, alpha: simultaneousAlpha(run.alpha, images), familyAlpha: run.alpha };
}

/** Refuses radii to decide that not even n equal votes certify: every image would stop in vain. */
function requireReach({ stop, n }: LoggedRun, reach: number): void {
  if (stop?.kind !== "radii") return;
  const beyond = stop.radii.find((radius) => radius > reach);
  const most = Math.floor(reach * 1e4) / 1e4;
  const rule = `at most ${most}, the largest that ${n} samples certify`;
  requireThat(beyond === undefined, "certify", "stop.radii", rule, beyond, "Take a larger n, or smaller radii");
}
