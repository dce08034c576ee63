import type { LogHeader } from "smoothcert/certify";

const DIGITS = "0123456789";

/** The header of some log of three images. */
export const SOME_HEADER: LogHeader = {
  format: "smoothcert-log",
  version: 2,
  method: "certify",
  smoothcert: "0.1.0",
  created: "2026-01-01T00:00:00Z",
  sigma: 0.5,
  n0: 100,
  n: 1000,
  alpha: 0.001,
  seed: 0,
  noise: "gaussian-float32/philox4x32-10/3",
  bound: "one-sided",
  interval: "clopper-pearson",
  skip: 1,
  max: 3,
  model: { name: "lenet", hash: "", runtime: "onnx" },
  data: {
    name: "mnist",
    split: "test",
    hash: "",
    length: 3,
    shape: [1, 1, 1],
    pixelType: "bytes",
    classes: [...DIGITS],
  },
};
