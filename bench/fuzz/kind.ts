import type { Random } from "./random.js";

/** Where the inputs that are mutated lie, see base.ts. */
export type Base = string;

/** A kind of input with the code that reads it. */
export interface Kind {
  readonly name: string;
  /** How many of 1000 inputs are of this kind. */
  readonly share: number;
  /** Writes an input that the random choices make of the base into an empty folder. */
  make(random: Random, base: Base, folder: string): Promise<void>;
  /**
   * Reads it, as a command would.
   *
   * @throws what the reader throws; a Refusal where a command line ends with an error
   */
  read(folder: string, base: Base): Promise<void>;
  /** What the message of a refusal must hold; by default the name of the folder of the input. */
  readonly names?: string;
}
