import { requireBatchSize } from "../../certify/classifiers/batch-size.js";
import type { OnnxNetwork } from "../../certify/classifiers/onnx/network.js";
import {
  type BaseClassifier,
  boundsSoFar,
  type CertifySettings,
  decisionSoFar,
  dimensionOf,
  gridNoise,
  type SampledTheorem,
  SmoothedClassifier,
  sampledTheorem,
  type Votes,
  votesIn,
} from "../../certify/core.js";
import { localLabeler } from "../../certify/sampling/local-labeler.js";
import { selectedClass } from "../../certify/theorem/decision.js";
import { certifySettings, type Moment, type PageCertificate, type RunSettings } from "../messages.js";
import type { Gate } from "./gate.js";

/** The page is told of a moment when so many milliseconds, or so many times the samples, are behind the last one. */
const NEXT_MOMENT = { milliseconds: 50, growth: 1.2 };

/**
 * Certifies one image as `certify` does, for any part of a data set: its votes are those of this index.
 *
 * @param tell is told of a moment now and then, and of the last one
 */
export async function certifyImage(
  network: OnnxNetwork,
  settings: RunSettings,
  idx: number,
  pixels: Uint8Array,
  gate: Gate,
  tell: (moment: Moment) => void,
): Promise<PageCertificate> {
  const smoothing = gridNoise(settings.sigma);
  const certified = certifySettings(settings);
  const theorem = sampledTheorem(smoothing, dimensionOf(network.inputShape));
  const smoothed = new SmoothedClassifier(gated(network, settings.batch, gate), smoothing, settings.seed);
  let seconds = 0;
  let told = { at: 0, samples: 0 };
  const onVotes = (votes: Votes): void => {
    const now = { at: performance.now(), samples: votesIn(votes.counts) };
    const { milliseconds, growth } = NEXT_MOMENT;
    if (now.at - told.at < milliseconds && now.samples < growth * told.samples) return;
    told = now;
    tell(momentOf(votes, certified, theorem));
  };
  const onSamples = (_: number, more: number): void => {
    seconds += more;
  };
  const certificate = await smoothed.certify(pixels, idx, certified, { onVotes, onSamples });
  tell(momentOf({ ...certificate, v: 1 }, certified, theorem));
  return { ...certificate, seconds };
}

/** The network in batches of the size asked for, which wait at the gate. */
export function gated(network: OnnxNetwork, batch: number, gate: Gate): BaseClassifier {
  requireBatchSize(batch, network.inputShape, "certify");
  const classifier: BaseClassifier = {
    ...network,
    batchSize: network.form.fixedBatch ?? batch,
    async classify(images, count, labels) {
      await gate.passed;
      await network.classify(images, count, labels);
    },
  };
  return { ...classifier, labeler: (noise) => localLabeler(classifier, noise, noise.room) };
}

function momentOf(votes: Votes, settings: CertifySettings, theorem: SampledTheorem): Moment {
  const counts0 = Uint32Array.from(votes.counts0);
  const counts = Uint32Array.from(votes.counts);
  const chosen = settings.n0 > 0 ? votesIn(counts0) === settings.n0 : votesIn(counts) > 0;
  if (votesIn(counts) === 0 || !chosen) {
    return {
      counts0,
      counts,
      cA: chosen ? selectedClass(votes, settings) : undefined,
      decision: undefined,
      pAUpper: 1,
    };
  }
  const cA = selectedClass(votes, settings);
  const pAUpper = boundsSoFar(votes, settings, theorem).upper(cA);
  return { counts0, counts, cA, decision: decisionSoFar(votes, settings, theorem), pAUpper };
}
