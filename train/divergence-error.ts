/** Training cannot go on because a loss is no longer a finite number. */
export class DivergenceError extends Error {
  override readonly name = "DivergenceError";
}
