import { type Dataset, requireThat } from "../../src/index.js";
import { completeOptions, type OptionValue, optionsOf } from "../declared-options.js";
import type { Augmentation } from "./augmentation.js";
import { chain } from "./chain.js";
import { TRANSFORMS } from "./index.js";
import { gaussianCopies } from "./noise.js";
import type { Transform } from "./transform.js";

/** Chains of transforms as they are written down: `crop:4,flip`. */

/** The chain without transforms. */
export const NO_TRANSFORMS = "none";

/** A transform with its options. */
interface Link {
  readonly transform: Transform;
  readonly options: Readonly<Record<string, OptionValue>>;
}

/** How a transform is written: `crop:<padding>`; `[:...]` stands for what may be left out. */
export function usageOf(transform: Transform): string {
  const options = optionsOf(transform);
  const needed = options.filter((option) => option.default === undefined).map(({ name }) => `<${name}>`);
  return [transform.name, ...needed].join(":") + (needed.length < options.length ? "[:...]" : "");
}

/** @throws ArgumentError naming what is no transform, or the option that is missing or out of range */
export function checkChain(text: string, where = "train"): void {
  parseChain(text, where);
}

/**
 * Copies of a dataset's images that go through the transforms of `text`, and then have Gaussian noise.
 *
 * @throws ArgumentError as {@link checkChain} does, or if a transform can't be applied to such images
 */
export function transformedCopies(text: string, sigma: number, dataset: Dataset): Augmentation {
  const transforms = parseChain(text, "train").map(({ transform, options }) =>
    transform.create(options as never, dataset),
  );
  return chain(text, transforms, gaussianCopies(sigma), dataset);
}

function parseChain(text: string, where: string): Link[] {
  return text === NO_TRANSFORMS ? [] : text.split(",").map((part) => parseLink(part, where));
}

function parseLink(part: string, where: string): Link {
  const [name, ...values] = part.split(":");
  const transform = TRANSFORMS.find((each) => each.name === name);
  const names = transform === undefined ? [] : optionsOf(transform).map((option) => option.name);
  const rule = `${NO_TRANSFORMS} or a list of ${TRANSFORMS.map(usageOf).join(", ")}`;
  requireThat(transform !== undefined && values.length <= names.length, where, "augment", rule, part);
  const given = Object.fromEntries(values.map((value, i) => [names[i], numberIn(value)]));
  return { transform, options: completeOptions(transform, given, `augment ${usageOf(transform)}`, where) };
}

/** The number that a text holds; the text itself if it is none, or not in its usual form: a chain has one text. */
function numberIn(text: string): number | string {
  const number = Number(text);
  return String(number) === text ? number : text;
}
