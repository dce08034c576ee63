/** How surprising a number of hits is, where each of several independent trials can hit by chance. */

const HALVINGS = 60;
/** Above this the tilt of {@link logChanceOfHits} gains nothing: e^100 outweighs every chance in use. */
const LARGEST_TILT = 100;

/**
 * An upper bound on log10 P[at least `hits` hits], where trial i hits with probability `chances[i]`, independently:
 * Chernoff's bound min over t >= 0 of E[exp(t X)] exp(-t hits) (Chernoff 1952), which is exact where all trials hit. 0
 * where so many hits are to be expected.
 *
 * @param chances in [0, 1] @param hits at most the number of chances above 0
 */
export function logChanceOfHits(chances: readonly number[], hits: number): number {
  const possible = chances.filter((chance) => chance > 0);
  if (hits <= sum(possible)) return 0;
  if (hits === possible.length) return sum(possible.map(Math.log10));
  const tilt = bestTilt(possible, hits);
  const exponent = sum(possible.map((chance) => Math.log1p(chance * Math.expm1(tilt)))) - tilt * hits;
  return Math.min(0, exponent / Math.LN10);
}

/** The t at which the tilted trials are expected to hit as often as was seen. */
function bestTilt(chances: readonly number[], hits: number): number {
  let [low, high] = [0, LARGEST_TILT];
  for (let i = 0; i < HALVINGS; i++) {
    const t = (low + high) / 2;
    const grown = Math.exp(t);
    if (sum(chances.map((chance) => (chance * grown) / (1 - chance + chance * grown))) < hits) low = t;
    else high = t;
  }
  return low;
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
