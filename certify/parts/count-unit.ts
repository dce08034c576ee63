import { STREAM } from "../../src/core.js";
import { formatCounts, sparseCounts } from "../log/cell.js";
import type { LogHeader } from "../log/header.js";
import { settingsHash } from "../log/seal.js";
import type { LoggedRun } from "../run/header-of.js";
import type { Fingerprint } from "../sampling/fingerprint.js";
import { Sampler, type SamplingHooks } from "../sampling/sampler.js";
import { SmoothedClassifier } from "../sampling/smoothed-classifier.js";
import { type Part, sealed } from "./part.js";
import { BLOCK, samplesOfBlock, type Unit } from "./unit.js";

type Votes = Pick<Part, "counts0" | "counts">;

/** Counts the votes of units, several side by side if need be: they share batches. */
export class UnitCounter {
  readonly #run: LoggedRun;
  readonly #plan: string;
  readonly #fingerprint: Fingerprint;
  readonly #smoothed: SmoothedClassifier;
  readonly #sampler: Sampler;

  /** @param header of the certification that `run` is a run of */
  constructor(run: LoggedRun, header: LogHeader, fingerprint: Fingerprint) {
    this.#run = run;
    this.#plan = settingsHash(header);
    this.#fingerprint = fingerprint;
    this.#smoothed = new SmoothedClassifier(run.classifier, run.smoothing, run.seed);
    this.#sampler = new Sampler(run.classifier, run.smoothing);
  }

  /**
   * The part of a unit: a function of the run and the unit, but for its time.
   *
   * @throws ArgumentError for settings that certify nothing; the reason of `hooks.signal`
   */
  async count(unit: Unit, hooks: SamplingHooks = {}): Promise<Part> {
    let time = 0;
    const onSamples: SamplingHooks["onSamples"] = (samples, seconds, counts) => {
      time += seconds;
      hooks.onSamples?.(samples, seconds, counts);
    };
    const watched = { ...hooks, onSamples };
    const votes = await (unit.blocks === undefined ? this.#whole(unit.idx, watched) : this.#blocks(unit, watched));
    const { label } = this.#run.dataset.example(unit.idx);
    const fingerprint = this.#fingerprint;
    return sealed({ plan: this.#plan, unit, label, ...votes, time: Math.round(time * 1000) / 1000, fingerprint });
  }

  async #whole(idx: number, hooks: SamplingHooks): Promise<Votes> {
    const { pixels } = this.#run.dataset.example(idx);
    const { counts0, counts } = await this.#smoothed.certify(pixels, idx, this.#run, hooks);
    return { ...this.#selection(counts0), counts: [formatCounts(sparseCounts(counts))] };
  }

  async #blocks({ idx, blocks }: Unit, hooks: SamplingHooks): Promise<Votes> {
    const { from, to } = blocks as NonNullable<Unit["blocks"]>;
    const { n0, n, seed, dataset } = this.#run;
    const { pixels } = dataset.example(idx);
    const count = (stream: number, sample: number, samples: number): Promise<Uint32Array> => {
      return this.#sampler.countLabels(pixels, samples, { seed, stream, example: idx, sample }, hooks);
    };
    const [counts0, ...counts] = await Promise.all([
      count(STREAM.selection, 0, from === 0 ? n0 : 0),
      ...Array.from({ length: to - from }, (_, i) => {
        return count(STREAM.estimation, (from + i) * BLOCK, samplesOfBlock(from + i, n));
      }),
    ]);
    return { ...this.#selection(counts0), counts: counts.map((votes) => formatCounts(sparseCounts(votes))) };
  }

  #selection(counts0: Uint32Array): Pick<Part, "counts0"> {
    const text = formatCounts(sparseCounts(counts0));
    return text === "" ? {} : { counts0: text };
  }
}
