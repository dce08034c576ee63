import { ArgumentError, FileError } from "../../../src/errors.js";

/** An error as it crosses threads, which leave of an error its message alone. */
export type ThreadError =
  | { readonly kind: "file"; readonly path: string; readonly problem: string }
  | { readonly kind: "argument"; readonly message: string; readonly argument: string; readonly value: unknown }
  | { readonly kind: "other"; readonly message: string };

export function packError(error: unknown): ThreadError {
  if (error instanceof FileError) return { kind: "file", path: error.path, problem: error.problem };
  if (error instanceof ArgumentError) {
    const { message, argument, value } = error;
    return { kind: "argument", message, argument, value };
  }
  return { kind: "other", message: error instanceof Error ? error.message : String(error) };
}

export function unpackError(packed: ThreadError): Error {
  if (packed.kind === "file") return new FileError(packed.path, packed.problem);
  if (packed.kind === "argument") return new ArgumentError(packed.message, packed.argument, packed.value);
  return new Error(packed.message);
}
