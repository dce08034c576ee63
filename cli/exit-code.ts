/** Ends a command with an exit code of its own, after it has printed its result. */
export class ExitCode extends Error {
  override readonly name = "ExitCode";

  constructor(readonly code: number) {
    super(`exit code ${code}`);
  }
}
