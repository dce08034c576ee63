import { canonicalize } from "json-canonicalize";
import { ArgumentError, type Preprocessing, requireInteger, requireThat, show } from "../src/index.js";
import { createObjective, describeObjective } from "./objectives/named.js";
import { checkSettings, completeSettings, type TrainSettings } from "./settings.js";

/** All that decides what a training run computes, in names and numbers that a file can hold. */
export interface RunSettings extends TrainSettings {
  /** Of the training set, as `loadDataset` takes it. */
  readonly data: string;
  /** Train on the first so many examples only. */
  readonly limit?: number | undefined;
  /** Name of the architecture. */
  readonly model: string;
  readonly preprocessing?: Preprocessing | undefined;
  /** Name of the objective. */
  readonly objective: string;
  /** Noisy copies of each example in a step. */
  readonly copies: number;
  /** Of these, copies that MaxUp scores after linear screening; all if left out. */
  readonly screen?: number | undefined;
  /** Standard deviation of the Gaussian noise in units of pixels in [0, 1]; at least 0. */
  readonly sigma: number;
}

/**
 * Settings with the fields that are missing filled in: MNIST, `lenet`, MaxUp with 4 copies at sigma 0.5, and what
 * {@link completeSettings} says.
 *
 * @throws ArgumentError naming the setting that is out of range
 */
export function completeRunSettings(given: Partial<RunSettings>): RunSettings {
  const objective = given.objective ?? "maxup";
  const settings = {
    data: "mnist",
    model: "lenet",
    objective,
    copies: describeObjective(objective).defaultCopies,
    sigma: 0.5,
    ...given,
    ...completeSettings(given),
  };
  checkRunSettings(settings);
  return settings;
}

/** @throws ArgumentError naming the first setting that is out of range, its rule and its value */
export function checkRunSettings(settings: RunSettings, where = "train"): void {
  const { objective, copies, screen, sigma, limit } = settings;
  checkSettings(settings, where);
  createObjective(objective, { copies, screen }, where);
  requireThat(sigma >= 0 && sigma < Infinity, where, "sigma", "finite and at least 0", sigma);
  if (limit !== undefined) requireInteger(limit, where, "limit", 1);
}

/**
 * The settings under which a run goes on: those it was started with. Settings given again must be the same, since the
 * weights would be those of neither run otherwise. Only `epochs` may grow, where the schedule does not depend on it (with
 * `step`, not with `cosine`), and `lr` may fall, for a run that diverged.
 *
 * @throws ArgumentError naming each setting that differs, and both values
 */
export function resumedSettings(started: RunSettings, given: Partial<RunSettings>): RunSettings {
  const mayChange = (name: keyof RunSettings): boolean =>
    (name === "epochs" && started.schedule === "step" && given.epochs! > started.epochs) ||
    (name === "lr" && given.lr! < started.lr);
  const names = (Object.keys(given) as (keyof RunSettings)[]).filter((name) => !mayChange(name));
  const differing = names.filter((name) => differs(name, started, given));
  const whys = differing.map((name) => WHY_NOT[name] ?? "Leave it out, or train into another folder");
  refuse(differing, started, given, [...new Set(whys)].join(". "));
  const settings = { ...started, ...given };
  checkRunSettings(settings);
  return settings;
}

/**
 * Refuses to go on with a run under other settings than its own.
 *
 * @throws ArgumentError naming each setting that differs, and both values
 */
export function requireSameSettings(started: RunSettings, asked: RunSettings): void {
  const names = Object.keys({ ...started, ...asked }) as (keyof RunSettings)[];
  const differing = names.filter((name) => differs(name, started, asked));
  const next = "Give those or name another folder; --resume goes on with the run's own settings, or a lower lr";
  refuse(differing, started, asked, next);
}

function differs(name: keyof RunSettings, started: RunSettings, given: Partial<RunSettings>): boolean {
  return text(started[name]) !== text(given[name]);
}

/** The same for equal values, in whatever order their parts stand. */
function text(value: unknown): string {
  return value === undefined ? "" : canonicalize(value);
}

function refuse(
  names: readonly (keyof RunSettings)[],
  started: RunSettings,
  given: Partial<RunSettings>,
  next: string,
): void {
  if (names.length === 0) return;
  const both = names.map(
    (name) => `${name} must be ${show(started[name])}, with which the run was started, got ${show(given[name])}`,
  );
  throw new ArgumentError(`train: ${both.join("; ")}. ${next}.`, names[0], given[names[0]]);
}

const WHY_NOT: { readonly [name in keyof RunSettings]?: string } = {
  epochs: "Only a run with the step schedule can be prolonged, and none shortened",
  lr: "It can be lowered, not raised",
};
