import { counted } from "../src/text/counted.js";
import type { LanguageEpochRecord, LanguageProgress, LanguageRunHooks, LanguageRunStart } from "../train/index.js";
import { note, warn } from "./print.js";
import { type Progress, startProgress } from "./progress.js";

/** Follows the training of a language model with a header and a progress bar. */
export class LanguageWatch implements LanguageRunHooks {
  #start: LanguageRunStart | undefined;
  #progress: Progress | undefined;
  #validated = "";

  onStart(start: LanguageRunStart): void {
    announce(start);
    this.#start = start;
    const tokens = start.corpus.train.length;
    const done = start.epoch * tokens + start.tokens;
    this.#progress = startProgress("train-lm", start.settings.epochs * tokens, "tokens", done);
  }

  onStep({ epoch, tokens, loss, tokensPerSecond }: LanguageProgress): void {
    const { corpus, settings } = this.#start!;
    const means = `perplexity ${perplexityText(loss)}, ${Math.round(tokensPerSecond)} tokens/s`;
    const done = (epoch - 1) * corpus.train.length + tokens;
    this.#progress!.update(done, `epoch ${epoch}/${settings.epochs}, ${means}${this.#validated}`);
  }

  onValidation(epoch: number): void {
    const { corpus, settings } = this.#start!;
    this.#progress!.update(epoch * corpus.train.length, `epoch ${epoch}/${settings.epochs}, validating`);
  }

  onEpoch({ epoch, valid, averaged }: LanguageEpochRecord): void {
    const weights = averaged ? " by averaged weights" : "";
    this.#validated = `, validation ${perplexityText(valid)} after epoch ${epoch}${weights}`;
  }

  stop(): void {
    this.#progress?.stop();
    this.#progress = undefined;
  }
}

function perplexityText(nats: number): string {
  return String(Number(Math.exp(nats).toPrecision(4)));
}

function announce({ settings, engine, corpus, parameters, epoch, tokens, formerEngine }: LanguageRunStart): void {
  const { level, embedding, hidden, layers, copies, warmup, dropoutEmbedding, embeddingNoise } = settings;
  const { epochs, batch, bptt, lr, clip, seed } = settings;
  const { train, valid, test, vocabulary, name } = corpus;
  const sizes = `${layers} layers of ${hidden}, embedding ${embedding}, ${parameters} weights`;
  note(`Training an AWD-LSTM (${sizes}) on ${name} (tfjs-${engine.name} ${engine.version})`);
  const parts = `${train.length} ${level}s, ${valid.length} to validate, ${test.length} to test`;
  note(`  ${parts}; vocabulary ${vocabulary.size}`);
  const differ = `embedding dropout ${dropoutEmbedding}, noise ${embeddingNoise} on embeddings`;
  note(`  ${copies > 1 ? `MaxUp over ${copies} copies` : "plain, one copy"}: ${differ}`);
  if (copies > 1 && warmup > 0) note(`  the first ${counted(warmup, "epoch")} on a single copy`);
  const steps = `${counted(epochs, "epoch")}, batch ${batch}, some ${bptt} steps at once`;
  note(`  ${steps}, learning rate ${lr}, gradients clipped at ${clip}, seed ${seed}`);
  if (epoch >= epochs) note("  all of them are done already: nothing is left to train");
  else if (epoch > 0 || tokens > 0) note(`  resuming after ${counted(epoch, "epoch")} and ${counted(tokens, "token")}`);
  if (formerEngine !== undefined) {
    warn(
      `the run was started on ${formerEngine}: its weights will differ in their last bits from an uninterrupted run`,
    );
  }
}
