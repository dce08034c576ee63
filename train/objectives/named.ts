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
  create(copies: number): Objective;
}

/** Every objective, by its name in the literature. */
export const OBJECTIVES: readonly ObjectiveDescription[] = [
  {
    name: "gaussian",
    description: "cross-entropy of one noisy copy (Cohen et al. 2019)",
    defaultCopies: 1,
    maxCopies: 1,
    create: gaussian,
  },
  {
    name: "maxup",
    description: "largest cross-entropy among m noisy copies (Gong et al. 2020)",
    defaultCopies: 4,
    maxCopies: 2 ** 16,
    create: maxup,
  },
];

/** @throws ArgumentError if there is no objective of that name */
export function describeObjective(name: string, where = "train"): ObjectiveDescription {
  const found = OBJECTIVES.find((objective) => objective.name === name);
  const names = OBJECTIVES.map((objective) => objective.name).join(", ");
  requireThat(found !== undefined, where, "objective", `one of ${names}`, name);
  return found;
}

/** @throws ArgumentError if there is no objective of that name, or if it does not take that many copies */
export function createObjective(name: string, copies: number, where = "train"): Objective {
  const { create, maxCopies } = describeObjective(name, where);
  requireInteger(copies, where, `copies (of objective ${name})`, 1, maxCopies);
  return create(copies);
}
