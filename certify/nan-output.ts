import { FileError } from "../src/errors.js";
import { type NoiseAddress, STREAM } from "../src/noise/address.js";

/** A model's output that is no number, for which there is no label to certify. */
export class NanOutputError extends FileError {
  /**
   * @param model the model's file, or its name
   * @param output index of the class
   * @param row the image's place in the batch
   * @param copy where the image comes from, if it is known
   */
  constructor(
    readonly model: string,
    readonly output: number,
    readonly row: number,
    copy?: NoiseAddress,
  ) {
    const of = copy === undefined ? "" : ` (${copyText(copy)})`;
    super(model, `the model's output for class ${output} is NaN; it can't be certified${of}`);
  }

  /** The same error, which names the noisy copy that the row is. */
  about(copy: NoiseAddress): NanOutputError {
    return new NanOutputError(this.model, this.output, this.row, copy);
  }
}

/**
 * The error of a batch, which names the noisy copy if it is about one of them. @param copyIn the copy in a row of the
 * batch
 */
export function withCopy(error: unknown, copyIn: (row: number) => NoiseAddress): unknown {
  return error instanceof NanOutputError ? error.about(copyIn(error.row)) : error;
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
