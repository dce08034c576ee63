export * from "./data/dataset.js";
export * from "./errors.js";
