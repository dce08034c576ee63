import jstat from "jstat";
import {
  CounterRandom,
  gaussianNoise,
  gridNoise,
  normalCdf,
  normalPdf,
  normalQuantile,
  type Pixels,
  type Smoothing,
  STREAM,
} from "smoothcert";
import type { BaseClassifier } from "smoothcert/certify";
import type { ThreeClasses } from "../laws/failure-chance.js";
import { runSeed } from "../laws/seed.js";
import { ballClassifier, linearClassifier, stripClassifier, wedgeClassifier } from "./some-classifiers.js";

/** Classifiers and points at which the smoothed classifier and its exact radius are known. */

export const SIGMA = 0.5;

export interface KnownCase {
  readonly base: BaseClassifier;
  readonly noise: Smoothing;
  readonly x: Pixels;
  /** The smoothed classifier's class at x. */
  readonly answer: number;
  /** The distance from x to the nearest point where it has another. */
  readonly exact: number;
  /** The probability of the answer under noise. */
  readonly pA: number;
  /** Of three classes, their probabilities. */
  readonly three?: ThreeClasses;
}

const float = gaussianNoise(SIGMA);
const grid = gridNoise(SIGMA);

/**
 * Half-spaces in four dimensions, of which x lies within class 1. The margins are a thousandth less than what k votes
 * certify by Clopper and Pearson's bound, which fails as often there as it may; or, with `between`, halfway to what k -
 * 1 votes certify. The last is nearly a tie.
 */
export function linearCases(n: number, level: number, between: boolean): KnownCase[] {
  const votes = Array.from({ length: 19 }, (_, i) => n - 1 - Math.round((i * n) / 100) - (between ? 0.5 : 0));
  const margins = votes.map((k) => 0.999 * normalQuantile(jstat.beta.inv(level, k, n - k + 1)));
  return [...margins, 1e-6].map((margin, index) => linearCase(index, margin * SIGMA));
}

function linearCase(index: number, margin: number): KnownCase {
  const random = new CounterRandom({ seed: runSeed, stream: STREAM.theory, example: index, sample: 0 });
  const w = Array.from({ length: 4 }, () => 2 * random.uniform() - 1);
  const x = Float32Array.from({ length: 4 }, () => random.uniform());
  const b = w.reduce((sum, weight, j) => sum + weight * x[j], 0) - margin * Math.hypot(...w);
  return { base: linearClassifier(w, b), noise: float, x, answer: 1, exact: margin, pA: normalCdf(margin / SIGMA) };
}

/**
 * The probability of a ball of three dimensions under standard normal noise at `distance` > 0 from its centre; it falls
 * with the distance.
 */
function ballProbability(ball: number, distance: number): number {
  const [near, far] = [ball - distance, ball + distance];
  return normalCdf(near) + normalCdf(far) - 1 + (normalPdf(far) - normalPdf(near)) / distance;
}

/** A root of a falling function between two points. */
function root(f: (t: number) => number, from: number, to: number): number {
  let [least, most] = [from, to];
  for (let i = 0; i < 100; i++) {
    const middle = (least + most) / 2;
    if (f(middle) > 0) least = middle;
    else most = middle;
  }
  return least;
}

/**
 * A ball of eight sigma, seen from inside and from outside. Smoothed, it is a ball again, whose border has probability
 * 1/2.
 */
export function ballCases(): KnownCase[] {
  const ball = 8;
  const border = root((t) => ballProbability(ball, t) - 0.5, 1, ball + 1);
  const base = ballClassifier(ball * SIGMA);
  return [0.6, 0.8, 1, 1.3, 1.6, 1.9].flatMap((depth, i) =>
    [border - depth, border + depth].map((distance, side) => {
      const random = new CounterRandom({ seed: runSeed, stream: STREAM.theory, example: 100 + i, sample: side });
      const direction = Array.from({ length: 3 }, () => 2 * random.uniform() - 1);
      const x = Float32Array.from(direction, (d) => (d / Math.hypot(...direction)) * distance * SIGMA);
      const exactDistance = Math.hypot(...x) / SIGMA;
      const inside = ballProbability(ball, exactDistance);
      const exact = Math.abs(border - exactDistance) * SIGMA;
      return { base, noise: float, x, answer: side === 0 ? 1 : 0, exact, pA: side === 0 ? inside : 1 - inside };
    }),
  );
}

const STAIRS = 4;
const STRIPS = 16;
/** A stair a unit, from class 0 on the left to class 3 on the right; of every seven strips one has another class. */
function staircaseLabel(strip: number): number {
  const stair = Math.min(Math.max(Math.floor(strip / STRIPS), 0), STAIRS - 1);
  const noisy = strip >= -2 * STRIPS && strip < 6 * STRIPS && (strip + 700) % 7 === 3;
  return noisy ? (stair + 1 + ((strip + 700) % 3)) % STAIRS : stair;
}

/** The classes' probabilities under noise at x: sums over the strips. */
function staircaseProbabilities(x: number): number[] {
  const p = new Array<number>(STAIRS).fill(0);
  const cdf = (strip: number): number => normalCdf((strip / STRIPS - x) / SIGMA);
  const [first, end] = [-2 * STRIPS, 6 * STRIPS];
  p[0] += cdf(first);
  p[STAIRS - 1] += 1 - cdf(end);
  for (let s = first; s < end; s++) p[staircaseLabel(s)] += cdf(s + 1) - cdf(s);
  return p;
}

/**
 * The distance to the next point in one direction where `answer` is not above all others. A probability changes by
 * 1/(sigma sqrt(2 pi)) a unit at most, so that as long as the lead is l, the next such point is farther than l sigma
 * sqrt(2 pi)/2: never a step too far.
 */
function distanceToOther(x: number, answer: number, direction: number): number {
  let distance = 0;
  while (distance < 8) {
    const p = staircaseProbabilities(x + direction * distance);
    const lead = p[answer] - Math.max(...p.filter((_, c) => c !== answer));
    if (lead < 1e-10) break;
    distance += (lead * SIGMA * Math.sqrt(2 * Math.PI)) / 2;
  }
  return distance;
}

/** Points all over the noisy staircase, and three at which the smoothed classifier is close to a tie of two stairs. */
export function staircaseCases(): KnownCase[] {
  const base = stripClassifier(STAIRS, STRIPS, staircaseLabel);
  const ties = [0, 1, 2].map((stair) => stair + 0.5 + distanceToOther(stair + 0.5, stair, 1) - 1e-4);
  const points = Array.from({ length: 37 }, (_, i) => -1 + i / 6);
  return [...points, ...ties].map((point) => {
    const x = Float32Array.of(point, 0.25);
    const p = staircaseProbabilities(x[0]);
    const answer = p.indexOf(Math.max(...p));
    const exact = Math.min(distanceToOther(x[0], answer, 1), distanceToOther(x[0], answer, -1));
    return { base, noise: float, x, answer, exact, pA: p[answer] };
  });
}

/** In units of sigma. */
const WEDGE_WIDTH = 0.1;
const WEDGE_MARGINS = [0.3, 0.45, 0.6, 0.75, 0.9];

/**
 * Classes 0 and 1 on two sides, a narrow class 2 between them: two classes in half-spaces, the case in which no other
 * radius than sigma/2 (Phi^-1(pA) - Phi^-1(pB)) is right.
 */
export function wedgeCases(): KnownCase[] {
  return WEDGE_MARGINS.map((margin) => {
    const base = wedgeClassifier(margin * SIGMA, (margin + WEDGE_WIDTH) * SIGMA);
    return { base, noise: float, x: Float32Array.of(0), ...wedge(margin, WEDGE_WIDTH) };
  });
}

/** The same under noise on the grid: the rounded classifier's borders lie between two bytes. */
export function gridCases(): KnownCase[] {
  return WEDGE_MARGINS.map((margin, i) => {
    const byte = 50 * i;
    const low = byte + Math.round(margin * SIGMA * 255) + 0.5;
    const high = low + Math.round(WEDGE_WIDTH * SIGMA * 255);
    const unit = 255 * SIGMA;
    const base = wedgeClassifier(low / 255, high / 255);
    return { base, noise: grid, x: Uint8Array.of(byte), ...wedge((low - byte) / unit, (high - low) / unit) };
  });
}

function wedge(margin: number, width: number): Pick<KnownCase, "answer" | "exact" | "pA" | "three"> {
  const [pA, pB] = [normalCdf(margin), normalCdf(-margin - width)];
  return { answer: 0, exact: (margin + width / 2) * SIGMA, pA, three: { pA, pB } };
}
