import { nextDown, requireInteger, requireThat } from "../../src/core.js";

/**
 * The failure probability of each of `points` certificates such that all hold together with probability 1 -
 * familyAlpha, whatever their dependence (Bonferroni): familyAlpha / points, rounded down.
 *
 * @param familyAlpha in (0, 1/2] @param points integer >= 1
 */
export function simultaneousAlpha(familyAlpha: number, points: number): number {
  requireThat(familyAlpha > 0 && familyAlpha <= 0.5, "simultaneousAlpha", "familyAlpha", "in (0, 1/2]", familyAlpha);
  requireInteger(points, "simultaneousAlpha", "points", 1);
  return points === 1 ? familyAlpha : nextDown(familyAlpha / points);
}
