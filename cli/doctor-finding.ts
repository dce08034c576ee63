/** What was found of one thing that a feature needs. */
export interface Finding {
  /** What it is needed for. */
  readonly group: string;
  readonly name: string;
  /** There and working; not there, and only what says so needs it; or broken, and most commands need it. */
  readonly state: "ok" | "optional" | "problem";
  readonly text: string;
  /** A command that mends it. */
  readonly mend?: string;
}

/** What was found, before it is known where it stands. */
export type Found = Pick<Finding, "text" | "mend"> & { readonly state?: Finding["state"] };

/**
 * Looks, and makes a finding of what was found.
 *
 * @param failing what an error means; its message is the text
 */
export async function look(
  group: string,
  name: string,
  failing: { readonly state: "optional" | "problem"; readonly mend?: string },
  find: () => Found | Promise<Found>,
): Promise<Finding> {
  try {
    return { group, name, state: "ok", ...(await find()) };
  } catch (error) {
    return { group, name, ...failing, text: error instanceof Error ? error.message.split("\n")[0] : String(error) };
  }
}

/** Bytes for people: `1.5 GB`, `12 MB`. */
export function bytesText(bytes: number): string {
  return bytes >= 1e9 ? `${(bytes / 1e9).toFixed(1)} GB` : `${Math.round(bytes / 1e6)} MB`;
}
