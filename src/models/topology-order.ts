import { show } from "../errors.js";

/** A layer with the calls that make its outputs. */
export interface GraphLayer {
  /** Calls that are there without an input: 1 of an input layer, and of a model among the layers; else 0. */
  readonly firstCalls: number;
  /** Tensors that each call makes. */
  readonly outputs: number;
  /** The other calls, by what each takes: layers, and which of their calls. */
  readonly calls: readonly (readonly { readonly name: string; readonly node: number }[])[];
}

/** How often a call may be looked at before its turn, over all calls: TensorFlow.js looks at each in every round. */
const MAX_LOOKS = 1_000_000;

/**
 * Says why the calls cannot be made one after the other, each when what it takes is there; undefined if they can.
 * Every name that a call takes must be there.
 */
export function orderProblem(layers: ReadonlyMap<string, GraphLayer>): string | undefined {
  const made = new Map([...layers].map(([name, { firstCalls }]) => [name, firstCalls]));
  let waiting = [...layers].flatMap(([name, { calls }]) => calls.map((takes) => ({ name, takes })));
  let [before, looks] = [waiting.length + 1, 0];
  while (waiting.length < before && looks <= MAX_LOOKS) {
    before = waiting.length;
    looks += before;
    waiting = waiting.filter(({ name, takes }) => {
      const ready = takes.every((input) => input.node < made.get(input.name)!);
      if (ready) made.set(name, made.get(name)! + 1);
      return !ready;
    });
  }
  if (waiting.length === 0) return undefined;
  if (looks > MAX_LOOKS) return "must be listed in the order in which they are computed";
  return `must be a graph without circles, but ${show(waiting[0].name)} waits for what is made of its own output`;
}
