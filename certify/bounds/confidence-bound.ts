/**
 * The contract of a confidence bound: from counts to a lower bound on a probability, and the chance that it fails.
 */
export interface ConfidenceBound {
  /** Names the bound in logs. */
  readonly name: string;
  /**
   * A number that is at most p with probability at least 1 - alpha, where `successes` ~ Bin(n, p).
   *
   * @param successes integer in [0, n] @param n integer >= 1 @param alpha failure probability, in (0, 1/2]
   */
  lower(successes: number, n: number, alpha: number): number;
}
