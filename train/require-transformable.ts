import type { Objective } from "./objective.js";

/** Every objective takes transforms: this goes with the call of it in run-settings.ts. */
export function requireTransformable(_objective: Objective, _transforms?: string, _where?: string): void {}
