import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";

declare module "vitest" {
  export interface ProvidedContext {
    /** A folder for what tests of several files work on: `inject("shared")`. */
    shared: string;
  }
}

/** Makes the shared folder, and removes it when the run ends. Vitest calls this. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), "smoothcert-shared-"));
  project.provide("shared", folder);
  return () => rm(folder, { recursive: true });
}
