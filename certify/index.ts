export * from "./curve.js";
export type { SparseCounts } from "./log-cell.js";
export * from "./log-read.js";
export * from "./log-row.js";
