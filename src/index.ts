export * from "./data/dataset.js";
export * from "./errors.js";
export * from "./math/normal.js";
export * from "./noise/address.js";
export * from "./noise/normal.js";
export * from "./noise/philox.js";
export * from "./noise/random.js";
export * from "./noise/source.js";
