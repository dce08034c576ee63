import { ArgumentError, requireThat, show } from "../../src/core.js";

/** When the estimation of an image ends. `n` samples are the most in any case. */
export type StopRule =
  /** After n samples: Cohen, Rosenfeld and Kolter's CERTIFY. */
  | { readonly kind: "fixed" }
  /** When it is known of each of these radii whether it is certified, or when the next one is out of reach. */
  | {
      readonly kind: "radii";
      /** Ascending, at least 0; in the units of sigma. */
      readonly radii: readonly number[];
      /**
       * What a certificate is worth, in samples: this many times n; finite, greater than 0. A radius is out of reach
       * where more samples are worth more than the certificate that they may give. Without it, where n samples will
       * hardly certify the radius.
       */
      readonly patience?: number | undefined;
    }
  /**
   * When the certified radius is within `precision` of what n samples would give. In the units of sigma, greater than
   * 0.
   */
  | { readonly kind: "precision"; readonly precision: number };

/** The kinds of {@link StopRule}. */
export const STOP_KINDS = ["fixed", "radii", "precision"] as const satisfies readonly StopRule["kind"][];

/** The rule where none is named. */
export const FIXED: StopRule = { kind: "fixed" };

/** Whether the samples of an image may end before n. */
export function stopsEarly<S extends { readonly stop?: StopRule | undefined }>(
  settings: S,
): settings is S & { readonly stop: StopRule } {
  return settings.stop !== undefined && settings.stop.kind !== "fixed";
}

/** @throws ArgumentError for a rule whose radii are no ascending list, or whose precision or patience isn't above 0 */
export function requireStopRule(rule: StopRule, where: string): void {
  if (rule.kind === "precision") {
    const { precision } = rule;
    requireThat(precision > 0 && precision < Infinity, where, "stop.precision", "finite and greater than 0", precision);
  }
  if (rule.kind !== "radii") return;
  requireRadii(rule.radii, where);
  const { patience = 1 } = rule;
  requireThat(patience > 0 && patience < Infinity, where, "stop.patience", "finite and greater than 0", patience);
}

function requireRadii(radii: readonly number[], where: string): void {
  const wrong = radii.find((radius, i) => !(radius >= 0 && radius < Infinity && (i === 0 || radius > radii[i - 1])));
  if (radii.length > 0 && wrong === undefined) return;
  const found = wrong === undefined ? "none" : `${show(wrong)} in ${radii.join(",")}`;
  const rule = "radii of at least 0, each above the one before";
  throw new ArgumentError(`${where}: stop.radii must be ${rule}, got ${found}`, "stop.radii", radii);
}
