/** Student's t distribution (1908), for few degrees of freedom. */
import { requireInteger, requireThat } from "../../src/core.js";

export const MAX_DEGREES = 10_000;

/**
 * The t with P[|T| <= t] = `confidence` for Student's T with `degrees` degrees of freedom, to about 9 digits for a
 * confidence of up to 0.9999.
 *
 * @param confidence in (0, 1) @param degrees integer in [1, {@link MAX_DEGREES}]
 * @throws ArgumentError for arguments out of range
 */
export function studentQuantile(confidence: number, degrees: number): number {
  requireThat(confidence > 0 && confidence < 1, "studentQuantile", "confidence", "in (0, 1)", confidence);
  requireInteger(degrees, "studentQuantile", "degrees", 1, MAX_DEGREES);
  let [low, high] = [0, Math.PI / 2];
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2;
    if (central(middle, degrees) < confidence) low = middle;
    else high = middle;
  }
  return Math.sqrt(degrees) * Math.tan(low);
}

/** P[|T| <= sqrt(degrees) tan(angle)], a finite sum (Abramowitz and Stegun 26.7.3 and 26.7.4). */
function central(angle: number, degrees: number): number {
  const [sine, cosine] = [Math.sin(angle), Math.cos(angle)];
  const isOdd = degrees % 2 === 1;
  let term = isOdd ? cosine : 1;
  let sum = degrees === 1 ? 0 : term;
  for (let k = isOdd ? 3 : 2; k < degrees; k += 2) {
    term *= (cosine * cosine * (k - 1)) / k;
    sum += term;
  }
  return isOdd ? (2 / Math.PI) * (angle + sine * sum) : sine * sum;
}
