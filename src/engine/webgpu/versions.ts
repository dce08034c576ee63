import type { NpmPackage } from "../native/versions.js";

/** What the engine `webgpu` is made of: Dawn for Node, and TensorFlow.js's backend, as npm has them. */

export const DAWN: NpmPackage = {
  name: "webgpu",
  version: "0.6.2",
  integrity: "sha512-3L4GfmqJLvYUIEWJngEQY+2HQiUlAFkg8+P8NDDj3Xx5hHHIFO/r8JW+ynfqBj7kHN4mbnwO74uB+lrRtLhp4Q==",
};

export const BACKEND: NpmPackage = {
  name: "@tensorflow/tfjs-backend-webgpu",
  version: "4.22.0",
  integrity: "sha512-lvIc7Af4Tl2BCdYp43iQmSCRq3asaKT0q2xaErphXiUZ+jqeB0bQa0ZvQys1Xatvto0U4/c90DVsHPfvkn5ftg==",
};

/** Both downloads together, in bytes. */
export const DOWNLOAD_BYTES = 54_243_899;
