import { numbersOf } from "../constants.js";
import { attributeOf } from "../node.js";
import type { LiveNode } from "./live-nodes.js";

/**
 * What is known of a value: which of its axes runs over the images of the batch (none where it doesn't depend on
 * them), and its number of axes.
 * An axis may hold more than the batch, e.g. images times patches.
 */
export interface Place {
  readonly axis?: number | undefined;
  readonly rank?: number | undefined;
}

/** A value that is known to depend on the images, along one axis. */
export interface BatchPlace {
  readonly axis: number;
  readonly rank: number;
}

/**
 * What a node does with the batch, as far as its inputs tell: where its outputs have it, that it mixes images, or
 * nothing that is known.
 */
export type Effect = Place | { readonly mixes: string } | undefined;

export function carriesBatch(place: Place | undefined): place is BatchPlace {
  return place?.axis !== undefined && place.rank !== undefined;
}

/** A node as rules see it. */
export interface Judged extends LiveNode {
  /** What is known of each input; undefined for one that is left out, or of which nothing is known. */
  readonly places: readonly (Place | undefined)[];
  /** The place of the first input, or, among inputs that are treated alike, of the first that carries the batch. */
  readonly first: BatchPlace;
  /** The size of the batch, where the model has one. */
  readonly batch: number | undefined;
}

/** An integer attribute. What stands in a file without its value is 0. */
export function integer({ node }: LiveNode, name: string, otherwise: number): number {
  const attribute = attributeOf(node, name);
  return attribute === undefined ? otherwise : (attribute.i ?? 0);
}

/**
 * Integers from the input of that place, or from the attribute of that name where there is no such input; undefined
 * if they are no constant, empty if left out.
 */
export function integers({ node, constant }: LiveNode, place: number, name: string): readonly number[] | undefined {
  const input = node.input[place] ?? "";
  return input === "" ? (attributeOf(node, name)?.ints ?? []) : numbersOf(constant(input));
}

/** An axis counted from the front. */
export function fromFront(axis: number, { rank }: BatchPlace): number {
  return axis < 0 ? axis + rank : axis;
}
