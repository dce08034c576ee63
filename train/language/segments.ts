import { CounterRandom, normalQuantile, STREAM } from "../../src/index.js";

/** A text laid out for a model that reads several places of it side by side. */
export interface Streams {
  /** Number of streams. */
  readonly batch: number;
  /** Tokens of each. */
  readonly length: number;
  /** The token at each place of each stream. */
  at(stream: number, place: number): number;
}

/**
 * A text cut into so many streams of equal length, which lie behind each other in it. What doesn't fill a token of each
 * is left out at the end.
 */
export function streamsOf(tokens: Int32Array, batch: number): Streams {
  const length = Math.floor(tokens.length / batch);
  return { batch, length, at: (stream, place) => tokens[stream * length + place] };
}

/** A piece of the streams that a model learns from in one step: it reads these tokens, and predicts what follows. */
export interface Segment {
  readonly start: number;
  /** Time steps, at least 1. */
  readonly length: number;
}

/** The fewest time steps that are drawn. */
const LEAST = 5;
/** Standard deviation of the number of time steps. */
const DEVIATION = 5;
/** How often the pieces are half as long. */
const HALVED = 0.05;

/**
 * The pieces of an epoch, of varying length (Merity et al. 2017, section 4.1), so that it is not always the same tokens
 * that lie at the edge of a piece: normal around `bptt`, or in a twentieth of all cases around half of it, with a
 * standard deviation of 5, rounded down, at least 5. The last is what is left.
 *
 * @param length of the streams, at least 2 @param bptt the usual number of time steps, at least 1
 */
export function segmentsOf(length: number, bptt: number, seed: number, epoch: number): Segment[] {
  const segments: Segment[] = [];
  let start = 0;
  while (start < length - 1) {
    const address = { seed, stream: STREAM.segments, example: segments.length, sample: epoch };
    const drawn = Math.min(drawLength(new CounterRandom(address), bptt), length - 1 - start);
    segments.push({ start, length: drawn });
    start += drawn;
  }
  return segments;
}

function drawLength(random: CounterRandom, bptt: number): number {
  const base = random.uniform() < HALVED ? bptt / 2 : bptt;
  return Math.max(LEAST, Math.floor(base + DEVIATION * normalQuantile(random.uniform())));
}

/** The tokens read in a piece and those that follow them, [time, batch] with the batch running fastest. */
export function tokensIn(streams: Streams, { start, length }: Segment): { read: Int32Array; next: Int32Array } {
  const { batch, at } = streams;
  const read = new Int32Array(length * batch);
  const next = new Int32Array(length * batch);
  for (let t = 0; t < length; t++) {
    for (let b = 0; b < batch; b++) {
      read[t * batch + b] = at(b, start + t);
      next[t * batch + b] = at(b, start + t + 1);
    }
  }
  return { read, next };
}
