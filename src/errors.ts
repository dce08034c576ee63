/**
 * The errors that every layer throws, and the checks that throw them. Messages follow one grammar:
 * `<where>: <argument> must be <rule>, got <value>`, then what to do next where that is not plain.
 */

/** An argument outside its range. The command line ends with exit code 2. */
export class ArgumentError extends RangeError {
  override readonly name = "ArgumentError";

  constructor(
    message: string,
    /** The argument's name, as the caller wrote it. */
    readonly argument: string,
    readonly value: unknown,
  ) {
    super(message);
  }
}

/** A file that is missing, truncated, or holds something else than expected. Exit code 1. */
export class FileError extends Error {
  override readonly name = "FileError";

  constructor(
    readonly path: string,
    /** What was expected and what was found; the path is put before it. */
    readonly problem: string,
    options?: ErrorOptions,
  ) {
    super(`${path}: ${problem}`, options);
  }
}

/** An engine or runtime that is not there, or that failed. Exit code 1. */
export class EngineError extends Error {
  override readonly name = "EngineError";
}

/** A computation stopped on request, with everything done so far saved. Exit code 130. */
export class InterruptedError extends Error {
  override readonly name = "InterruptedError";
}

/** Like {@link InterruptedError}, by a signal of a scheduler that is to run the same command again. Exit code 75. */
export class RequeueError extends Error {
  override readonly name = "RequeueError";
}

/** Work that is right as far as it goes, with something missing. Exit code 3. */
export class IncompleteError extends Error {
  override readonly name = "IncompleteError";
}

/** How a rejected value is shown: short, in one line, never `[object Object]`. */
export function show(value: unknown): string {
  if (value === undefined) return "nothing";
  if (typeof value === "number" || typeof value === "bigint") return String(value);
  const text = JSON.stringify(value, showInside) ?? String(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

/** What JSON would write as null, or refuse. */
function showInside(_key: string, value: unknown): unknown {
  const plain = typeof value !== "bigint" && (typeof value !== "number" || Number.isFinite(value));
  return plain ? value : String(value);
}

/**
 * Throws {@link ArgumentError} unless `holds`. State the condition in its positive form, so that NaN fails it:
 * `requireThat(sigma > 0, "certify", "sigma", "greater than 0", sigma)`.
 */
export function requireThat(
  holds: boolean,
  where: string,
  argument: string,
  rule: string,
  value: unknown,
  hint = "",
): asserts holds {
  if (holds) return;
  const next = hint === "" ? "" : `. ${hint}`;
  throw new ArgumentError(`${where}: ${argument} must be ${rule}, got ${show(value)}${next}`, argument, value);
}

/** Throws {@link ArgumentError} unless `value` is an integer in [min, max], both ends included. */
export function requireInteger(
  value: number,
  where: string,
  argument: string,
  min: number,
  max: number = Number.MAX_SAFE_INTEGER,
): void {
  const rule = max === Number.MAX_SAFE_INTEGER ? `an integer of at least ${min}` : `an integer in [${min}, ${max}]`;
  requireThat(Number.isInteger(value) && min <= value && value <= max, where, argument, rule, value);
}
