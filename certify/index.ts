export type { SparseCounts } from "./log-cell.js";
export * from "./log-row.js";
