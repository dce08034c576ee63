import { requireInteger, requireThat } from "../src/index.js";

/**
 * The learning rate as a function of time, in epochs since the start of training: in [0, epochs), fractions count.
 */
export type Schedule = (time: number) => number;

/**
 * `base * gamma^floor(time / step)`: the rate falls by a factor every `step` epochs. It does not depend on how long
 * training goes on, so a run with it can be prolonged.
 *
 * @param base rate at the start, greater than 0
 * @param step epochs between two drops, at least 1 @param gamma factor of a drop, in (0, 1]
 * @throws ArgumentError if one of them is out of range
 */
export function stepSchedule(base: number, step: number, gamma: number): Schedule {
  requireThat(base > 0 && base < Infinity, "stepSchedule", "lr", "finite and greater than 0", base);
  requireInteger(step, "stepSchedule", "lrStep", 1);
  requireThat(gamma > 0 && gamma <= 1, "stepSchedule", "gamma", "in (0, 1]", gamma);
  return (time) => base * gamma ** Math.floor(time / step);
}

/**
 * `base * (1 + cos(pi * time / epochs)) / 2` (Loshchilov and Hutter, 2017, arXiv 1608.03983, without restarts): falls
 * from `base` to nearly 0 at the end, anew in every step rather than once an epoch.
 *
 * @param base rate at the start, greater than 0 @param epochs length of the training, at least 1
 * @throws ArgumentError if one of them is out of range
 */
export function cosineSchedule(base: number, epochs: number): Schedule {
  requireThat(base > 0 && base < Infinity, "cosineSchedule", "lr", "finite and greater than 0", base);
  requireInteger(epochs, "cosineSchedule", "epochs", 1);
  return (time) => (base * (1 + Math.cos((Math.PI * time) / epochs))) / 2;
}

/**
 * Factor on the learning rate in step `step` (counted from 0 over the whole training): rises linearly to 1 in the first
 * `steps` steps (Goyal et al., 2017, arXiv 1706.02677, section 2.2), and is 1 from then on. Without it a large rate
 * with momentum may drive a net without batch normalisation, LeNet for one, into a constant output that it never
 * leaves.
 */
export function rampFactor(step: number, steps: number): number {
  return step < steps ? (step + 1) / steps : 1;
}

/**
 * Epochs of plain noisy training before an objective of several copies takes over, where none are asked for: MaxUp's
 * authors take 5; a short run takes at most a quarter of its epochs.
 */
export function defaultWarmup(epochs: number): number {
  return Math.min(5, Math.floor(epochs / 4));
}
