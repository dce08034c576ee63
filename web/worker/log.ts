import type { OnnxNetwork } from "../../certify/classifiers/onnx/network.js";
import {
  type CertificationPlan,
  type CertificationRun,
  checkOf,
  formatRow,
  gridNoise,
  headerCheck,
  headerIdentity,
  headerOf,
  LOG_COLUMNS,
  planCertification,
  rowOfCertificate,
} from "../../certify/core.js";
import { createDataset } from "../../src/data/array-dataset.js";
import {
  certifySettings,
  type LogFiles,
  type LoggedImages,
  type ModelFacts,
  type PageImage,
  type RunSettings,
} from "../messages.js";
import { joinedPixels } from "../pixels.js";

/** Looks at settings before the first sample. @throws ArgumentError for settings that certify nothing */
export function planOf(network: OnnxNetwork, facts: ModelFacts, settings: RunSettings): CertificationPlan {
  const nothing = new Uint8Array(facts.shape.reduce((a, b) => a * b));
  return planCertification(runOf(network, facts, settings, [{ name: "", pixels: nothing, label: 0 }]));
}

/** The log of the images that are certified so far, as the command line would have written it, and its header. */
export function logFiles(
  network: OnnxNetwork,
  facts: ModelFacts,
  { settings, images, certificates }: LoggedImages,
): LogFiles {
  const { run } = planCertification(runOf(network, facts, settings, images));
  const header = headerOf(run);
  const identity = headerIdentity(header);
  const lines = [...certificates.entries()]
    .sort(([a], [b]) => a - b)
    .map(([idx, { seconds, ...certificate }]) => {
      const row = rowOfCertificate(idx, images[idx].label as number, certificate, seconds);
      return formatRow({ ...row, check: checkOf(row, identity) });
    });
  return {
    tsv: [LOG_COLUMNS.join("\t"), ...lines].map((line) => `${line}\n`).join(""),
    json: `${JSON.stringify({ ...header, check: headerCheck(header) }, undefined, 2)}\n`,
  };
}

function runOf(
  classifier: OnnxNetwork,
  { shape, classes, trainingSigma }: ModelFacts,
  settings: RunSettings,
  images: readonly PageImage[],
): CertificationRun {
  const pixels = joinedPixels(images);
  const labels = images.map(({ label }) => label as number);
  // As the command line names it that reads the page's images.npy.
  const about = { name: "images", split: "test", source: "the page" } as const;
  const dataset = createDataset({ ...about, shape, classes, pixels, labels });
  const { seed, sigma } = settings;
  const smoothing = gridNoise(sigma);
  const whole = { skip: 1, max: images.length };
  return { ...certifySettings(settings), ...whole, classifier, dataset, smoothing, seed, trainingSigma };
}
