import { createObjective, type MethodSettings, methodCost, type Objective } from "smoothcert/train";
import { steered, steeredConsistency } from "./steered.js";

/** What the search for a method of our own tries: each costs about 33 epochs of plain steps. */

/** How a candidate is trained; see search.ts for what all have in common. */
export interface Candidate {
  /** That of its files, too. */
  readonly name: string;
  /** Noise level of the training; all are certified at 0.5. */
  readonly sigma: number;
  readonly objective: Objective;
  readonly epochs: number;
  /** First epochs on single copies. */
  readonly warmup: number;
}

const BUDGET = 33;

function candidate(name: string, sigma: number, objective: Objective, cost: number, warmup = 0): Candidate {
  const epochs = Math.floor(BUDGET / cost);
  return { name, sigma, objective, epochs, warmup };
}

function published(name: string, sigma: number, settings: MethodSettings): Candidate {
  return candidate(name, sigma, createObjective(settings), methodCost(settings));
}

const CONSISTENCY = { name: "consistency", copies: 2, lambda: 5 };

export const CANDIDATES: readonly Candidate[] = [
  published("gaussian", 0.5, { name: "gaussian" }),
  published("consistency", 0.5, CONSISTENCY),
  published("smoothadv-one-step", 0.5, { name: "smoothadv", copies: 1, steps: 1, epsilon: 1, attackRamp: 2 }),
  candidate("steered-30", 0.5, steered(30), 2, 1),
  candidate("steered-1000", 0.5, steered(1000), 2, 1),
  candidate("steered-consistency-30", 0.5, steeredConsistency(30, 5, 0.5), 3),
  published("gaussian-sigma0.7", 0.7, { name: "gaussian" }),
  published("gaussian-sigma0.9", 0.9, { name: "gaussian" }),
  published("consistency-sigma0.7", 0.7, CONSISTENCY),
];
