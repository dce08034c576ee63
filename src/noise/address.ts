import { requireInteger } from "../errors.js";

/**
 * Where a random number lives. Every draw in smoothcert is a pure function of its address and its coordinate, so batch
 * size, thread count, order and machine never change it, and anyone can draw it again.
 */
export interface NoiseAddress {
  /** Integer in [0, 2^53): the key. */
  readonly seed: number;
  /** What the draw is for, one of {@link STREAM}; integer in [0, 2^32). */
  readonly stream: number;
  /** Index of the example in its dataset; integer in [0, 2^32). */
  readonly example: number;
  /** Index of the noisy copy; integer in [0, 2^32). */
  readonly sample: number;
}

/** One stream a purpose: draws of different streams are independent. The numbers are part of every certificate. */
export const STREAM = {
  /** CERTIFY's first phase and all of PREDICT. */
  selection: 0,
  /** CERTIFY's second phase. */
  estimation: 1,
  /** Noisy copies in training. */
  training: 2,
  /** Order of the training examples. */
  shuffle: 3,
  /** Initial weights. */
  initialization: 4,
  /** Randomised confidence bounds. */
  bound: 5,
  /** Attacks. */
  attack: 6,
  /** Monte Carlo checks of the theory. */
  theory: 7,
  /** What training methods draw beside noisy copies. */
  method: 8,
  /** Transforms of images in training, before noise. */
  augmentation: 9,
  /** Words that embedding dropout leaves out of a sequence. */
  words: 20,
  /** Noise on the embeddings of a sequence. */
  embedding: 21,
  /** Dropout of activations and of weights within a network. */
  dropout: 22,
  /** Lengths of the pieces that a text is learned in. */
  segments: 23,
  /** Text that a language model writes. */
  generation: 24,
} as const;

/** Throws ArgumentError unless seed is an integer in [0, 2^53) and the other fields are integers in [0, 2^32). */
export function requireAddress(where: string, address: NoiseAddress): void {
  requireInteger(address.seed, where, "seed", 0);
  requireInteger(address.stream, where, "stream", 0, 0xffffffff);
  requireInteger(address.example, where, "example", 0, 0xffffffff);
  requireInteger(address.sample, where, "sample", 0, 0xffffffff);
}

/** Throws ArgumentError unless all samples from address.sample to address.sample + count - 1 have an address. */
export function requireCopies(where: string, address: NoiseAddress, count: number): void {
  requireAddress(where, address);
  if (count > 1) requireAddress(where, { ...address, sample: address.sample + count - 1 });
}

/** The two key words of a seed. */
export function keyOf(seed: number): readonly [low: number, high: number] {
  return [seed >>> 0, Math.floor(seed / 0x100000000)];
}
