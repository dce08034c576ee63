import { canonicalize } from "json-canonicalize";
import {
  ArgumentError,
  type Initialization,
  type Preprocessing,
  requireInitialization,
  requireInteger,
  requireThat,
  show,
} from "../src/index.js";
import { checkChain, NO_TRANSFORMS } from "./augmentations/chain-text.js";
import { completeMethod, createObjective, type MethodSettings } from "./method-options.js";
import { checkSettings, completeSettings, type TrainSettings } from "./settings.js";
import {
  checkValidation,
  completeValidation,
  type ValidationSettings,
  validationByFlag,
} from "./validation/settings.js";

/** All that decides what a training run computes, in names and numbers that a file can hold. */
export interface RunSettings extends TrainSettings {
  /** Of the training set, as `loadDataset` takes it. */
  readonly data: string;
  /** Train on the first so many examples only. */
  readonly limit?: number | undefined;
  /** Name of the architecture. */
  readonly model: string;
  readonly preprocessing?: Preprocessing | undefined;
  /** The law of the initial weights. */
  readonly initialization: Initialization;
  /** The training method with its options. */
  readonly objective: MethodSettings;
  /** Standard deviation of the Gaussian noise in units of pixels in [0, 1]; at least 0. */
  readonly sigma: number;
  /** Transforms of an image before the noise, in order, e.g. `crop:4,flip`; `none` without. */
  readonly augment: string;
  /** How the run is validated; missing where it isn't. */
  readonly validation?: ValidationSettings | undefined;
  /** Epochs from one evaluation of the test set to the next, an integer of at least 1; missing where there is none. */
  readonly testEvery?: number | undefined;
}

/** Settings as they are asked for: what is left out is filled in, the method's name and options too. */
export interface GivenSettings extends Partial<Omit<RunSettings, "objective" | "validation">> {
  readonly objective?: Partial<MethodSettings>;
  readonly validation?: Partial<ValidationSettings> | undefined;
}

/** The method that is trained by where none is asked for. */
export const DEFAULT_METHOD = "maxup";

/**
 * Settings with the fields that are missing filled in: MNIST, `lenet` from weights by He's law, MaxUp at sigma 0.5
 * without transforms, the method's own defaults, and what {@link completeSettings} says. There is no validation unless
 * some of it is given, which {@link completeValidation} fills up.
 *
 * @throws ArgumentError naming the setting that is out of range
 */
export function completeRunSettings({ objective, validation, ...given }: GivenSettings): RunSettings {
  const { sigma = 0.5 } = given;
  const settings = {
    data: "mnist",
    model: "lenet",
    initialization: "he" as const,
    augment: NO_TRANSFORMS,
    ...given,
    sigma,
    ...(validation && { validation: completeValidation(validation, sigma) }),
    objective: completeMethod({ name: DEFAULT_METHOD, ...objective }),
    ...completeSettings(given),
  };
  checkRunSettings(settings);
  return settings;
}

/** @throws ArgumentError naming the first setting that is out of range, its rule and its value */
export function checkRunSettings(settings: RunSettings, where = "train"): void {
  const { objective, sigma, augment, initialization, limit, validation, testEvery } = settings;
  checkSettings(settings, where);
  checkChain(augment, where);
  createObjective(objective, where);
  requireInitialization(initialization, where);
  requireThat(sigma >= 0 && sigma < Infinity, where, "sigma", "finite and at least 0", sigma);
  if (limit !== undefined) requireInteger(limit, where, "limit", 1);
  if (testEvery !== undefined) requireInteger(testEvery, where, "testEvery", 1);
  if (validation !== undefined) checkValidation(validation, sigma, where);
}

/**
 * The settings under which a run goes on: those it was started with. Settings given again must be the same, since the
 * weights would be those of neither run otherwise. Only `epochs` may grow, where the schedule does not depend on it
 * (with `step`, not with `cosine`), and `lr` may fall, for a run that diverged.
 *
 * @throws ArgumentError naming each setting that differs, and both values
 */
export function resumedSettings(started: RunSettings, given: GivenSettings): RunSettings {
  const mayChange = (name: string): boolean =>
    (name === "epochs" && started.schedule === "step" && given.epochs! > started.epochs) ||
    (name === "lr" && given.lr! < started.lr);
  const [before, now] = [flat(started), flat(given)];
  const differing = Object.keys(now).filter((name) => !mayChange(name) && differs(name, before, now));
  const whys = differing.map((name) => WHY_NOT[name] ?? "Leave it out, or train into another folder");
  refuse(differing, before, now, [...new Set(whys)].join(". "));
  const settings = { ...started, ...given, objective: started.objective, validation: started.validation };
  checkRunSettings(settings);
  return settings;
}

/**
 * Refuses to go on with a run under other settings than its own.
 *
 * @throws ArgumentError naming each setting that differs, and both values
 */
export function requireSameSettings(started: RunSettings, asked: RunSettings): void {
  const [before, now] = [flat(started), flat(asked)];
  const differing = Object.keys({ ...before, ...now }).filter((name) => differs(name, before, now));
  const next = "Give those or name another folder; --resume goes on with the run's own settings, or a lower lr";
  refuse(differing, before, now, next);
}

type Flat = Readonly<Record<string, unknown>>;

/** Settings by the names of their flags: the options of the method and of validation stand beside the others. */
function flat({ objective = {}, validation, ...others }: GivenSettings): Flat {
  const { name, ...options } = objective;
  return { ...others, ...(name !== undefined && { objective: name }), ...options, ...validationByFlag(validation) };
}

function differs(name: string, started: Flat, given: Flat): boolean {
  return text(started[name]) !== text(given[name]);
}

/** The same for equal values, in whatever order their parts stand. */
function text(value: unknown): string {
  return value === undefined ? "" : canonicalize(value);
}

function refuse(names: readonly string[], started: Flat, given: Flat, next: string): void {
  if (names.length === 0) return;
  const both = names.map(
    (name) => `${name} must be ${show(started[name])}, with which the run was started, got ${show(given[name])}`,
  );
  throw new ArgumentError(`train: ${both.join("; ")}. ${next}.`, names[0], given[names[0]]);
}

const WHY_NOT: Readonly<Record<string, string>> = {
  epochs: "Only a run with the step schedule can be prolonged, and none shortened",
  lr: "It can be lowered, not raised",
};
