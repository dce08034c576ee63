import { FileError, type NoiseAddress, STREAM } from "../../src/core.js";

/** A model's output that is no number, for which there is no label to certify. */
export class NanOutputError extends FileError {
  /**
   * @param model the model's file, or its name
   * @param output index of the class
   * @param row the image's place in the batch
   * @param image what the row is, if it is known
   */
  constructor(
    readonly model: string,
    readonly output: number,
    readonly row: number,
    image?: string,
  ) {
    const of = image === undefined ? "" : ` (${image})`;
    super(model, `the model's output for class ${output} is NaN; it can't be certified${of}`);
  }
}

/** The error of a batch, which names the noisy copy if it is about one. @param copyIn the copy in a row of the batch */
export function withCopy(error: unknown, copyIn: (row: number) => NoiseAddress): unknown {
  return withImage(error, (row) => copyText(copyIn(row)));
}

/** The error of a batch, which names the image if it is about one. @param imageIn what a row of the batch is */
export function withImage(error: unknown, imageIn: (row: number) => string): unknown {
  if (!(error instanceof NanOutputError)) return error;
  return new NanOutputError(error.model, error.output, error.row, imageIn(error.row));
}

/** What draws of a stream are for, as messages say it. */
const PURPOSE: Readonly<Record<number, string>> = {
  [STREAM.selection]: "the selection",
  [STREAM.estimation]: "the estimation",
  [STREAM.attack]: "the attack",
  [STREAM.theory]: "a trial",
};

function copyText({ example, sample, stream, seed }: NoiseAddress): string {
  return `image ${example} of the data, noisy copy ${sample} of ${PURPOSE[stream] ?? `stream ${stream}`}, seed ${seed}`;
}
