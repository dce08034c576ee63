/**
 * Layers make room for their weights while TensorFlow.js rebuilds a model, before it looks at the weights that are
 * there: a layer that says it has 10^12 of them would take all memory. So within {@link withWeightBudget} they get as
 * many as the file holds.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import * as tfl from "@tensorflow/tfjs-layers";

interface Budget {
  left: number;
}

const budgets = new AsyncLocalStorage<Budget>();

/** Runs a task in which the layers that are built may have at most `numbers` weights in all, counted as numbers. */
export function withWeightBudget<T>(numbers: number, task: () => Promise<T>): Promise<T> {
  return budgets.run({ left: numbers }, task);
}

type AddWeight = (this: tfl.layers.Layer, name: string, shape: readonly number[], ...rest: unknown[]) => unknown;

const layer = tfl.layers.Layer.prototype as unknown as { addWeight: AddWeight };
const { addWeight } = layer;

layer.addWeight = function (name, shape, ...rest) {
  const budget = budgets.getStore();
  if (budget !== undefined) {
    const numbers = shape.reduce((product, side) => product * side, 1);
    const holds = numbers >= 0 && numbers <= budget.left && shape.every((side) => Number.isInteger(side) && side >= 0);
    if (!holds)
      throw new Error(`the layer ${this.name} asks for weights ${name} [${shape}], more than weightsManifest has`);
    budget.left -= numbers;
  }
  return addWeight.call(this, name, shape, ...rest);
};
