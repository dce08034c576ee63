/** What a reader should know of how a log of ours was made. */
import { isOfTrainingImages } from "../../log/header.js";
import type { CheckDefinition } from "../check.js";

export const trainingSigma: CheckDefinition = {
  id: "training-sigma",
  title: "Trained for the noise that it is certified under",
  explanation:
    "A model certified at another sigma than it was trained at is certified soundly, but seldom well. The header has " +
    "the sigma of training only where the model tells.",
  look: ({ log: { header } }) => {
    if (header === undefined) return undefined;
    const { sigma, model } = header;
    if (model.trainingSigma === undefined) return { outcome: "not done", found: "the model doesn't tell" };
    const found = `trained at sigma ${model.trainingSigma}, certified at ${sigma}`;
    return { outcome: model.trainingSigma === sigma ? "passed" : "noteworthy", found };
  },
};

export const otherImages: CheckDefinition = {
  id: "other-images",
  title: "Certified on other images than it was trained on",
  explanation:
    "A model does better on the images that it has seen, so certified accuracy on these says little about others. " +
    "The sets are told apart by their hashes, where the model records that of its training set. Images that are in " +
    "both of two sets are not found.",
  look: ({ log: { header } }) => {
    if (header === undefined) return undefined;
    const { data, model } = header;
    if (model.trainingData === undefined) return { outcome: "not done", found: "the log doesn't tell" };
    return isOfTrainingImages(header)
      ? { outcome: "noteworthy", found: `trained on this set of ${data.length} images, or a part of it` }
      : { outcome: "passed", found: "trained on a set with another hash" };
  },
};

export const exactNoise: CheckDefinition = {
  id: "exact-noise",
  title: "The theorem holds for the numbers the machine used",
  explanation:
    "Noise on bytes is drawn on their own grid, and its distance from the exact law is subtracted from each bound. " +
    "Floats get float32 noise, for which the theorem holds up to rounding that nobody has bounded.",
  look: ({ log: { header } }) => {
    if (header === undefined) return undefined;
    const { noise, noiseDistance } = header;
    return noiseDistance === undefined
      ? { outcome: "noteworthy", found: `${noise}: up to the rounding of float32 noise` }
      : { outcome: "passed", found: `${noise}, within ${noiseDistance.toPrecision(2)} of its law` };
  },
};

/** What computes on the processor, whose scores are the reference that a canary compares with. */
const ON_PROCESSOR = /\((cpu|wasm)\)$|^tfjs-(node|wasm|cpu) |^function$/;

export const engine: CheckDefinition = {
  id: "engine",
  title: "The votes were computed on a processor",
  explanation:
    "Graphics processors and their drivers have computed wrong scores. Before it certifies on one, smoothcert " +
    "compares a batch of scores with the processor's (a canary) and refuses where they differ by more than rounding " +
    "explains. Votes drawn again on a processor show more.",
  look: ({ log: { header } }) => {
    if (header === undefined) return undefined;
    const { runtime } = header.model;
    return ON_PROCESSOR.test(runtime)
      ? { outcome: "passed", found: runtime }
      : { outcome: "noteworthy", found: `${runtime}: not known to be the processor's` };
  },
};

export const seed: CheckDefinition = {
  id: "seed",
  title: "The seed is the default one",
  explanation:
    "Whoever certifies under many seeds and keeps the best voids every bound. No log can show that this was not " +
    "done; the default seed makes it less likely.",
  look: ({ log: { header } }) => {
    if (header === undefined) return undefined;
    return header.seed === 0
      ? { outcome: "passed", found: "0, the default" }
      : { outcome: "noteworthy", found: `${header.seed}, where the default is 0` };
  },
};
