import { imageShapeOf } from "smoothcert";
import { expect, it } from "vitest";

it.each<[(number | string)[], "nchw" | "nhwc" | undefined, number[] | undefined]>([
  [["N", 1, 28, 28], undefined, [28, 28, 1]],
  [[1, 3, 32, 48], undefined, [32, 48, 3]],
  [["", 32, 48, 3], undefined, [32, 48, 3]],
  [["N", 28, 30], undefined, [28, 30, 1]],
  [["N", 3, 32, 3], undefined, undefined],
  [["N", 3, 32, 3], "nchw", [32, 3, 3]],
  [["N", 3, 32, 3], "nhwc", [3, 32, 3]],
  [["N", 1, 28, 28], "nhwc", undefined],
  [["N", 784], undefined, undefined],
  [["N", 784, 1], undefined, undefined],
  [["N", 3, "height", "width"], undefined, undefined],
  [["N", 3, 0, 32], undefined, undefined],
  [["N", 4, 32, 32], undefined, undefined],
  [["N", 1, 3, 32, 32], undefined, undefined],
])("an input %j read as %s is of images %j", (input, layout, shape) => {
  expect(imageShapeOf(input, layout)).toEqual(shape);
});
