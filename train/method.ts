import type { z } from "zod";
import type { Objective } from "./objective.js";

/**
 * The contract of a training method: its name in the literature, the options of its own, and the objective that it
 * makes of them. A method is one file in `methods/` and one entry of `METHODS`; its flags on the command line, their
 * help and checks, its defaults, and what is written to a run's configuration and to the model's record follow from
 * `options`.
 */
export interface Method {
  /** E.g. `maxup`. */
  readonly name: string;
  /** A line for `--help`: what is minimised, and whose it is. */
  readonly description: string;
  /**
   * The options, each a number, an integer, a boolean or one of some words, with its range, its default (or optional)
   * and a description. The name of an option is that of its flag, in camel case; methods may share one. An option may
   * have a `preset` in its metadata: what its flag means without a value.
   */
  readonly options: z.ZodObject;
  /**
   * About how much a step costs, in plain steps: a forward and a backward pass on one copy of each example, where a
   * backward pass costs two forward passes.
   */
  cost(options: never): number;
  /** @throws ArgumentError if options contradict each other; each by itself has been checked by the schema */
  create(options: never): Objective;
}

/** A method whose `create` takes what its schema gives. */
export function defineMethod<Options extends z.ZodObject>(method: {
  readonly name: string;
  readonly description: string;
  readonly options: Options;
  cost(options: z.output<Options>): number;
  create(options: z.output<Options>): Objective;
}): Method {
  return method;
}
