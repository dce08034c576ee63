/** Rows of published tables: certified accuracy in percent by radius. */

export interface PublishedRow {
  /** The method as its run is labelled here. */
  readonly method: string;
  readonly certified: Readonly<Record<number, number>>;
}

/**
 * MNIST, LeNet, sigma 0.5, 90 epochs, n = 100,000, alpha = 0.001, all test images: means of 5 seeds from the logs of
 * Jeong and Shin 2020 (github.com/jh-jeong/smoothing-consistency), smoothmix from those of Jeong et al. 2021
 * (github.com/jh-jeong/smoothmix), cat-rs one run of Jeong et al. 2023 (github.com/alinlab/smoothing-catrs).
 */
export const MNIST_HALF: readonly PublishedRow[] = [
  { method: "gaussian", certified: { 0: 99.2, 0.5: 96.9, 1: 89.8, 1.5: 67.8 } },
  { method: "stability", certified: { 0: 99.2, 0.5: 97.3, 1: 90.8, 1.5: 69.1 } },
  { method: "macer", certified: { 0: 98.7, 0.5: 96.3, 1: 90.1, 1.5: 72.1 } },
  { method: "consistency", certified: { 0: 99.1, 0.5: 97.5, 1: 92.9, 1.5: 78.2 } },
  { method: "smoothadv", certified: { 0: 99, 0.5: 97.4, 1: 92.9, 1.5: 81.1 } },
  { method: "smoothmix", certified: { 0: 98.2, 0.5: 96.3, 1: 91.5, 1.5: 81.2 } },
  { method: "cat-rs", certified: { 0: 98.6, 0.5: 97, 1: 92.8, 1.5: 82.5 } },
];

/** The ACR of the first row. */
export const GAUSSIAN_ACR = 1.558;

/** The same at sigma 0.25. */
export const MNIST_QUARTER: readonly PublishedRow[] = [
  { method: "gaussian", certified: { 0: 99.2, 0.25: 98.5, 0.5: 96.8, 0.75: 93.1 } },
];

/** The same at sigma 1. */
export const MNIST_ONE: readonly PublishedRow[] = [
  { method: "gaussian", certified: { 0: 96.3, 0.5: 91.4, 1: 79.8, 1.5: 59.5, 2: 32.5 } },
  { method: "stability", certified: { 0: 96.4, 0.5: 91.6, 1: 80.4, 1.5: 60.5, 2: 33.4 } },
  { method: "macer", certified: { 0: 91.6, 0.5: 83.4, 1: 71.1, 1.5: 55.7, 2: 38.7 } },
  { method: "consistency", certified: { 0: 95, 0.5: 89.8, 1: 79.7, 1.5: 63.5, 2: 41.8 } },
  { method: "smoothadv", certified: { 0: 95.8, 0.5: 90.7, 1: 80.8, 1.5: 64.4, 2: 43.2 } },
  { method: "smoothmix", certified: { 0: 93.2, 0.5: 87.3, 1: 77.3, 1.5: 62.5, 2: 44.9 } },
  { method: "cat-rs", certified: { 0: 93.2, 0.5: 87.2, 1: 77.6, 1.5: 64, 2: 47.2 } },
];
