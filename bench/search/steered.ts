import * as tf from "@tensorflow/tfjs-core";
import type * as tfl from "@tensorflow/tfjs-layers";
import { normalQuantile } from "smoothcert";
import {
  type CopyBatch,
  type ExampleBatch,
  inputGradients,
  type Moment,
  meanCrossEntropy,
  type Objective,
} from "smoothcert/train";
import { consistencyLoss } from "../../train/methods/consistency.js";
import { unit } from "../../train/methods/directions.js";

/**
 * MaxUp over any number m of copies for two plain steps, to first order: of a noisy copy x + z, with u the direction of
 * the loss's gradient there, the part of z along u is drawn anew, as the largest of m normal variables,
 *
 *     x' = x + z + (t - <z, u>) u,   t = sigma Phi^-1(U^(1/m)),   U uniform in (0, 1).
 *
 * Linear screening (`maxup --screen`) takes the gradient at the clean image instead, and scores some of the copies.
 */
export function steered(m: number): Objective {
  return {
    name: "steered",
    copies: 1,
    oneImage: true,
    prepare(model, batch, moment) {
      const copies = pushed(model, batch, batch.draw(), largest(m, moment, batch.length));
      return () => meanCrossEntropy(model, copies);
    },
  };
}

/** Consistency regularisation of a copy and of what {@link steered} makes of it, for three plain steps. */
export function steeredConsistency(m: number, lambda: number, eta: number): Objective {
  return {
    name: "steered-consistency",
    copies: 1,
    oneImage: true,
    prepare(model, batch, moment) {
      const drawn = batch.draw();
      const worse = pushed(model, batch, drawn, largest(m, moment, batch.length));
      const pairs = {
        images: paired(drawn.images, worse.images),
        targets: paired(drawn.targets, worse.targets),
        copies: 2,
      };
      return () => consistencyLoss(model, pairs, lambda, eta);
    },
  };
}

/** Rows of both by turns. */
function paired<T extends tf.Tensor>(first: T, second: T): T {
  return tf.reshape(tf.stack([first, second], 1), [-1, ...first.shape.slice(1)]) as T;
}

/** For each example the largest of m standard normal variables. */
function largest(m: number, { random }: Moment, examples: number): number[] {
  return Array.from({ length: examples }, (_, i) => -normalQuantile(-Math.expm1(Math.log(random(i).uniform()) / m)));
}

/** Copies whose noise has the given normals, times sigma, along the gradient. */
function pushed(model: tfl.LayersModel, batch: ExampleBatch, drawn: CopyBatch, normals: readonly number[]): CopyBatch {
  const images = tf.tidy(() => {
    const directions = unit(inputGradients(model, drawn));
    const noise = tf.sub(drawn.images, batch.clean().images);
    const along = tf.sum(tf.mul(noise, directions), [1, 2, 3], true);
    const wanted = tf.mul(
      tf.tensor4d([...normals], [normals.length, 1, 1, 1]),
      batch.source.augmentation.gaussianSigma!,
    );
    return tf.add(drawn.images, tf.mul(tf.sub(wanted, along), directions)) as tf.Tensor4D;
  });
  return { ...drawn, images };
}
