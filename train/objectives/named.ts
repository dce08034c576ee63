import { requireInteger, requireThat } from "../../src/index.js";
import type { Objective } from "../objective.js";
import { gaussian } from "./gaussian.js";
import { maxup } from "./maxup.js";

/** An objective that can be asked for by name. */
export interface ObjectiveDescription {
  readonly name: string;
  readonly description: string;
  /** Number of copies of each example where none is asked for. */
  readonly defaultCopies: number;
  /** Largest number of copies that makes sense. */
  readonly maxCopies: number;
  /** Whether it can screen its copies, see {@link maxup}. */
  readonly screens: boolean;
  create(options: ObjectiveOptions): Objective;
}

/** What an objective is made from, besides its name. */
export interface ObjectiveOptions {
  /** Copies of each example, m. */
  readonly copies: number;
  /** Of these, copies that are scored, K; all if left out. */
  readonly screen?: number | undefined;
}

/** Every objective, by its name in the literature. */
export const OBJECTIVES: readonly ObjectiveDescription[] = [
  {
    name: "gaussian",
    description: "cross-entropy of one noisy copy (Cohen et al. 2019)",
    defaultCopies: 1,
    maxCopies: 1,
    screens: false,
    create: gaussian,
  },
  {
    name: "maxup",
    description: "largest cross-entropy among m noisy copies (Gong et al. 2020)",
    defaultCopies: 4,
    maxCopies: 2 ** 16,
    screens: true,
    create: ({ copies, screen }) => maxup(copies, screen),
  },
];

/** @throws ArgumentError if there is no objective of that name */
export function describeObjective(name: string, where = "train"): ObjectiveDescription {
  const found = OBJECTIVES.find((objective) => objective.name === name);
  const names = OBJECTIVES.map((objective) => objective.name).join(", ");
  requireThat(found !== undefined, where, "objective", `one of ${names}`, name);
  return found;
}

/** @throws ArgumentError if there is no objective of that name, or if it does not take these options */
export function createObjective(name: string, options: ObjectiveOptions, where = "train"): Objective {
  const { create, maxCopies, screens } = describeObjective(name, where);
  const { copies, screen } = options;
  requireInteger(copies, where, `copies (of objective ${name})`, 1, maxCopies);
  if (screen !== undefined) {
    requireThat(screens, where, "screen", `left out with objective ${name}, which scores no copies`, screen);
    requireInteger(screen, where, "screen", 1, copies);
  }
  return create(options);
}
