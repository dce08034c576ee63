import { lawOf } from "../../src/core.js";
import { type LogHeader, normOf } from "../log/header.js";

/**
 * Published results, to be read beside a log's: certified accuracy in percent on the whole test set, of networks of the
 * same size on the same data, at n = 100,000 and alpha = 0.001. Of the average of seeds where the source gives that.
 */
export interface PublishedResult {
  readonly data: "mnist" | "cifar10";
  readonly network: string;
  readonly sigma: number;
  readonly method: string;
  readonly source: string;
  /** Certified accuracy in percent at the radii of {@link PUBLISHED_RADII} for the data and sigma. */
  readonly percent: readonly number[];
}

export const PUBLISHED_N = 100_000;
export const PUBLISHED_ALPHA = 0.001;

const CONSISTENCY = "Jeong and Shin 2020, arXiv 2006.04062";
const SMOOTHMIX = "Jeong et al. 2021, arXiv 2111.09277";
const CAT_RS = "Jeong, Kim and Shin 2023, arXiv 2212.09000";
const SUN = "Sun et al. 2025, arXiv 2410.06895";

const MNIST_RADII: ReadonlyMap<number, readonly number[]> = new Map([
  [0.25, [0, 0.25, 0.5, 0.75]],
  [0.5, [0, 0.5, 1, 1.5, 1.75]],
  [1, [0, 0.5, 1, 1.5, 2, 2.5]],
]);

const CIFAR_RADII: ReadonlyMap<number, readonly number[]> = new Map([
  [0.25, [0, 0.25, 0.5, 0.75]],
  [0.5, [0, 0.25, 0.5, 0.75, 1, 1.25, 1.5, 1.75]],
  [1, [0, 0.25, 0.5, 0.75, 1, 1.25, 1.5, 1.75, 2, 2.25]],
]);

/** The radii of results on the data at a sigma; none where there are no results. */
export function publishedRadii(data: string, sigma: number): readonly number[] {
  return (data === "mnist" ? MNIST_RADII : CIFAR_RADII).get(sigma) ?? [];
}

const lenet = (sigma: number, method: string, source: string, ...percent: number[]): PublishedResult => ({
  data: "mnist",
  network: "LeNet",
  sigma,
  method,
  source,
  percent,
});

const resnet = (sigma: number, method: string, source: string, ...percent: number[]): PublishedResult => ({
  data: "cifar10",
  network: "ResNet-110",
  sigma,
  method,
  source,
  percent,
});

/** The results; those on CIFAR-10 were computed again from the logs published with the sources. */
export const PUBLISHED: readonly PublishedResult[] = [
  lenet(0.25, "Gaussian", CONSISTENCY, 99.2, 98.5, 96.8, 93.1),
  lenet(0.25, "Consistency", CONSISTENCY, 99.5, 98.9, 97.9, 96.0),
  lenet(0.25, "SmoothAdv", CONSISTENCY, 99.4, 99.0, 98.2, 96.8),
  lenet(0.25, "CAT-RS", CAT_RS, 99.4, 99.0, 98.2, 96.9),
  lenet(0.5, "Gaussian", CONSISTENCY, 99.2, 96.9, 89.8, 67.8, 45.0),
  lenet(0.5, "Consistency", CONSISTENCY, 99.1, 97.5, 92.9, 78.2, 60.4),
  lenet(0.5, "SmoothAdv", CONSISTENCY, 99.0, 97.4, 92.9, 81.1, 67.5),
  lenet(0.5, "CAT-RS", CAT_RS, 98.6, 97.0, 92.8, 82.5, 71.1),
  lenet(1, "Gaussian", CONSISTENCY, 96.3, 91.4, 79.8, 59.5, 32.5, 10.9),
  lenet(1, "Consistency", CONSISTENCY, 95.0, 89.8, 79.7, 63.5, 41.8, 20.2),
  lenet(1, "SmoothMix", SMOOTHMIX, 93.2, 87.3, 77.3, 62.5, 44.9, 29.6),
  lenet(1, "CAT-RS", CAT_RS, 93.2, 87.2, 77.6, 64.0, 47.2, 30.0),
  resnet(0.25, "Gaussian", CAT_RS, 76.6, 61.2, 42.2, 25.1),
  resnet(0.25, "SmoothAdv", CAT_RS, 73.4, 65.6, 57.0, 47.5),
  resnet(0.25, "CAT-RS", CAT_RS, 76.3, 68.1, 58.8, 48.2),
  resnet(0.25, "Sun et al.", SUN, 76.6, 69.0, 59.3, 48.3),
  resnet(0.5, "Gaussian", CAT_RS, 65.7, 54.9, 42.8, 32.5, 22.0, 14.1, 8.3, 3.9),
  resnet(0.5, "SmoothAdv", CAT_RS, 65.3, 57.8, 49.9, 41.7, 33.7, 26.0, 19.5, 12.9),
  resnet(0.5, "CAT-RS", CAT_RS, 62.3, 56.8, 50.5, 44.6, 38.5, 32.7, 27.1, 20.6),
  resnet(0.5, "Sun et al.", SUN, 59.3, 54.8, 49.6, 44.4, 38.9, 34.1, 29.0, 23.0),
  resnet(1, "Gaussian", CAT_RS, 47.1, 40.9, 33.8, 27.7, 22.1, 17.2, 13.3, 9.7, 6.6, 4.3),
  resnet(1, "SmoothAdv", CAT_RS, 43.7, 40.3, 36.9, 33.8, 30.5, 27.0, 24.0, 21.4, 18.4, 15.9),
  resnet(1, "CAT-RS", CAT_RS, 43.2, 40.2, 37.2, 34.3, 31.0, 28.1, 24.9, 22.0, 19.3, 16.8),
  resnet(1, "Sun et al.", SUN, 42.0, 39.4, 36.5, 33.9, 31.1, 28.4, 25.6, 23.1, 20.6, 18.3),
];

/**
 * The results that stand beside a log: they are of Gaussian noise, L2 radii and test images. None at another alpha,
 * since curves at two alphas don't compare.
 */
export function publishedBeside(header: LogHeader): readonly PublishedResult[] {
  const { data, noise, sigma, alpha } = header;
  const isAlike = lawOf(noise)?.noise === "gaussian" && normOf(header) === "l2" && data.split === "test";
  if (!isAlike || alpha !== PUBLISHED_ALPHA) return [];
  return PUBLISHED.filter((result) => result.data === data.name && result.sigma === sigma);
}
