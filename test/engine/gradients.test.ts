import * as tf from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";
import fc from "fast-check";
import { useEngine } from "smoothcert";
import { beforeAll, describe, expect, test } from "vitest";

describe.each(["cpu", "wasm"] as const)("on %s", (engine) => {
  beforeAll(async () => void (await useEngine(engine)));

  test("each value that a mean was taken over has an equal share of its gradient", () => {
    const shapes = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 4 });
    const cases = shapes.chain((shape) =>
      fc.record({
        shape: fc.constant(shape),
        axes: fc.option(fc.subarray([...shape.keys()], { minLength: 1 })),
      }),
    );
    fc.assert(
      fc.property(cases, ({ shape, axes }) => {
        tf.tidy(() => {
          const x = tf.ones(shape);
          const mean = (at: tf.Tensor): tf.Tensor => tf.mean(at, axes ?? undefined);
          const averaged = mean(x);
          const dy = tf.reshape(tf.range(1, averaged.size + 1), averaged.shape);
          const gradient = tf.grad(mean)(x, dy);
          expect(gradient.shape).toEqual(shape);
          // The sum of the shares is the gradient handed in, and they are equal along the axes: their mean is their
          // value.
          const share = tf.mean(gradient, axes ?? undefined).dataSync();
          const count = x.size / averaged.size;
          share.forEach((value, i) => void expect(value * count).toBeCloseTo(i + 1, 4));
          const centred = tf.sub(gradient, tf.mean(gradient, axes ?? undefined, true)).dataSync();
          expect(Math.max(...centred.map(Math.abs))).toBeLessThan(1e-5 * averaged.size);
        });
      }),
    );
  });

  test("a convolution at the front of a network computes no gradient of its images", async () => {
    const layer = tfl.layers.conv2d({ filters: 2, kernelSize: 3, useBias: false, padding: "same" });
    const images = tf.randomNormal([2, 5, 5, 1], 0, 1, "float32", 1);
    const loss = (): tf.Scalar => tf.sum(tf.square(layer.apply(images) as tf.Tensor)) as tf.Scalar;
    loss().dispose();
    const { kernelNames, result } = await tf.engine().profile(() => tf.variableGrads(loss).grads);
    expect(kernelNames).toContain(tf.Conv2DBackpropFilter);
    expect(kernelNames).not.toContain(tf.Conv2DBackpropInput);
    expect(Object.values(result as tf.NamedTensorMap)[0].shape).toEqual([3, 3, 1, 2]);
    layer.dispose();
  });
});
