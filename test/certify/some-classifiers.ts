import { type BaseClassifier, functionClassifier } from "smoothcert/certify";

/** A linear classifier of two classes on vectors: class 1 where w.x > b. */
export function linearClassifier(w: readonly number[], b: number, batchSize = 64): BaseClassifier {
  return functionClassifier((x) => (w.reduce((sum, weight, j) => sum + weight * x[j], 0) > b ? 1 : 0), {
    name: "linear",
    inputShape: [1, 1, w.length],
    classes: 2,
    batchSize,
  });
}

/** A classifier of `classes` classes that cuts the line of the first coordinate into bands. */
export function bandClassifier(classes: number, batchSize: number, rename = (c: number): number => c): BaseClassifier {
  return functionClassifier((x) => rename((((Math.floor(3 * x[0]) % classes) + classes) % classes) | 0), {
    name: "bands",
    inputShape: [1, 1, 2],
    classes,
    batchSize,
  });
}

/** Class 1 in the ball of radius `ball` around the origin of three dimensions, class 0 outside. */
export function ballClassifier(ball: number): BaseClassifier {
  return functionClassifier((x) => (x[0] ** 2 + x[1] ** 2 + x[2] ** 2 < ball ** 2 ? 1 : 0), {
    name: "ball",
    inputShape: [1, 1, 3],
    classes: 2,
  });
}

/** Class 0 below `low` in the first coordinate, class 1 above `high` and class 2 between them. */
export function wedgeClassifier(low: number, high: number): BaseClassifier {
  return functionClassifier((x) => (x[0] < low ? 0 : x[0] > high ? 1 : 2), {
    name: "wedge",
    inputShape: [1, 1, 1],
    classes: 3,
  });
}

/** Strip s of the first coordinate of two, [s / perUnit, (s + 1) / perUnit), has the class `label(s)`. */
export function stripClassifier(classes: number, perUnit: number, label: (strip: number) => number): BaseClassifier {
  return functionClassifier((x) => label(Math.floor(x[0] * perUnit)), {
    name: "strips",
    inputShape: [1, 1, 2],
    classes,
  });
}

/** Gives the labels of a list, one a sample in the order asked, and keeps every image that it saw. */
export interface ScriptedClassifier extends BaseClassifier {
  readonly seen: number[][];
}

export function scriptedClassifier(script: readonly number[], classes: number, batchSize = 7): ScriptedClassifier {
  const seen: number[][] = [];
  const inner = functionClassifier(
    (x) => {
      seen.push([...x]);
      return script[seen.length - 1];
    },
    { name: "scripted", inputShape: [1, 1, 4], classes, batchSize },
  );
  return { ...inner, seen };
}

/** The same classifier, but its answers come after a turn of the event loop, as ONNX Runtime's do. */
export function delayed(base: BaseClassifier): BaseClassifier {
  return {
    ...base,
    async classify(batch, count, labels) {
      await new Promise((resolve) => setImmediate(resolve));
      await base.classify(batch, count, labels);
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}
