/** What a gate says: let it pass, don't, or that the log can't tell. */
export const VERDICTS = ["GO", "NO-GO", "INCONCLUSIVE"] as const;
export type Verdict = (typeof VERDICTS)[number];

/** What became of one requirement of a policy. */
export interface Judgement {
  readonly verdict: Verdict;
  /** What is required, in words. */
  readonly required: string;
  /** What was found, in words. */
  readonly found: string;
}

/** Failure probabilities of a requirement's two errors. */
export interface Levels {
  /** Of GO where the requirement doesn't hold, in (0, 1/2). */
  readonly go: number;
  /** Of NO-GO where it holds, in (0, 1/2). */
  readonly noGo: number;
}

/** The verdict of two tests, one for each side; if both or neither reject, none is shown. */
export function verdictOf({ shown, refuted }: { readonly shown: boolean; readonly refuted: boolean }): Verdict {
  if (shown === refuted) return "INCONCLUSIVE";
  return shown ? "GO" : "NO-GO";
}

/** All requirements together: one that is refuted decides, and all must be shown. */
export function together(verdicts: readonly Verdict[]): Verdict {
  if (verdicts.includes("NO-GO")) return "NO-GO";
  return verdicts.every((verdict) => verdict === "GO") ? "GO" : "INCONCLUSIVE";
}
