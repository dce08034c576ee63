import { requireInteger, requireThat } from "../../src/core.js";
import { binomialQuantile } from "../bounds/binomial-quantile.js";
import type { LogRow } from "../log/row.js";
import { type CurveRow, type CurveStep, certifiedCount, certifiedCurve } from "../report/curve.js";
import { ABSTAIN } from "../theorem/decision.js";
import type { AttackRow } from "./attack-row.js";

/** A sound run has more broken certificates than are allowed with at most this probability. */
const FALSE_ALARM = 0.001;

/** What attacks on the certificates of a log found. */
export interface AttackSummary {
  /** Images that the curves are about. */
  readonly points: number;
  /** Among them those without a certificate, which there is nothing to attack of. */
  readonly abstentions: number;
  /** Certificates attacked. */
  readonly attacked: number;
  /** Those with another class inside their radius. */
  readonly broken: readonly AttackRow[];
  /** How many of them alpha allows. */
  readonly allowed: number;
  /** Whether there are more than that: the certificates can't be what they claim. */
  readonly failed: boolean;
  /** Images on which a perturbation that changes the class was found. */
  readonly changed: number;
  /**
   * Median over the certificates of a radius above 0 of (smallest norm found / certified radius); undefined where there
   * are none.
   */
  readonly medianRatio: number | undefined;
  /** Certified accuracy: the accuracy under any attack is at least this, at each radius. */
  readonly certified: readonly CurveStep[];
  /**
   * Accuracy under these attacks: the accuracy under the best attack is at most this. Points never changed end at
   * Infinity.
   */
  readonly empirical: readonly CurveStep[];
  /** Both at some radii. */
  readonly radii: readonly AttackedAccuracy[];
}

/** Both accuracies at one L2 radius: counts of points. */
export interface AttackedAccuracy {
  readonly radius: number;
  /** Certified at the radius. */
  readonly certified: number;
  /** Right, and not changed by any perturbation found of norm up to the radius. */
  readonly empirical: number;
}

/**
 * The figures of an attack.
 *
 * @param rows of the log, each with its attack among `attacks` unless it abstains
 * @param alpha failure probability of each certificate and of each attack's test together, in (0, 1)
 * @throws ArgumentError for no rows, or a certificate that was not attacked
 */
export function summarizeAttack(
  rows: readonly LogRow[],
  attacks: readonly AttackRow[],
  alpha: number,
  radii: readonly number[],
): AttackSummary {
  const byIndex = new Map(attacks.map((attack) => [attack.idx, attack]));
  const certificates = rows.filter(({ predict }) => predict !== ABSTAIN);
  const missing = certificates.find(({ idx }) => !byIndex.has(idx));
  requireThat(missing === undefined, "summarizeAttack", "attacks", "one for each certificate", missing?.idx);
  const found = certificates.map(({ idx }) => byIndex.get(idx) as AttackRow);
  const broken = found.filter((attack) => attack.broken);
  const allowed = found.length === 0 ? 0 : allowedBroken(found.length, alpha);
  const empirical = rows.map(({ idx, correct }) => ({ correct, radius: byIndex.get(idx)?.attackRadius ?? 0 }));
  return {
    points: rows.length,
    abstentions: rows.length - certificates.length,
    attacked: found.length,
    broken,
    allowed,
    failed: broken.length > allowed,
    changed: found.filter(({ attackRadius }) => attackRadius < Infinity).length,
    medianRatio: median(found.filter(({ radius }) => radius > 0).map((row) => row.attackRadius / row.radius)),
    certified: certifiedCurve(rows),
    empirical: certifiedCurve(empirical),
    radii: radii.map((radius) => ({
      radius,
      certified: certifiedCount(rows, radius),
      empirical: unchangedCount(empirical, radius),
    })),
  };
}

function unchangedCount(rows: readonly CurveRow[], radius: number): number {
  return rows.filter((row) => row.correct && row.radius > radius).length;
}

/**
 * The most broken certificates that chance explains: the smallest k with P[Bin(images, chance) > k] <= 0.001.
 *
 * @param images integer >= 1 @param chance failure probability of each, in (0, 1)
 */
export function allowedBroken(images: number, chance: number): number {
  requireInteger(images, "allowedBroken", "images", 1);
  requireThat(chance > 0 && chance < 1, "allowedBroken", "chance", "in (0, 1)", chance);
  return binomialQuantile(images, chance, FALSE_ALARM);
}

function median(values: number[]): number | undefined {
  if (values.length === 0) return undefined;
  values.sort((a, b) => a - b);
  const middle = values.length >> 1;
  return values.length % 2 === 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}
