import { ArgumentError, type ModelMetadata } from "../src/index.js";

/** What a model records of its training, used where an option is left out. */

/** The sigma of training. @throws ArgumentError if the model doesn't say, or was trained without noise */
export function sigmaFor(path: string, metadata: ModelMetadata | undefined): number {
  const sigma = metadata?.training?.sigma;
  if (sigma !== undefined && sigma > 0) return sigma;
  const why = sigma === 0 ? "was trained without noise" : "doesn't say which noise it was trained with";
  throw new ArgumentError(`--sigma must be given: ${path} ${why}`, "--sigma", undefined);
}

/** The data set of training. @throws ArgumentError if the model doesn't say */
export function dataSpecFor(path: string, metadata: ModelMetadata | undefined): string {
  const spec = metadata?.training?.dataSpec;
  if (typeof spec === "string") return spec;
  throw new ArgumentError(
    `--data must be given: ${path} doesn't say which data it was trained on. See: smoothcert data`,
    "--data",
    undefined,
  );
}
